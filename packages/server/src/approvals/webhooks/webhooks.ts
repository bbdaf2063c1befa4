import { type Clock, randomId } from "@narrowgate/kernel";
import type { ApprovalNews } from "../ports.ts";
import { webhookHeaders } from "./sign-message.ts";

/** Somebody who wants to hear of requests. */
export interface Receiver {
  /** From the configuration. */
  readonly url: string;
  readonly secret: Uint8Array;
}

/** What webhooks need; supplied by compose. */
export interface WebhookPorts {
  readonly clock: Clock;
  readonly receivers: readonly Receiver[];
  /** Sends one request; only to where configuration lets it. @throws NarrowgateError `fetch_refused`, `fetch_failed` */
  readonly send: (
    url: string,
    request: {
      readonly method: "POST";
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    },
  ) => Promise<{ readonly status: number }>;
  /** Calls back once. @returns ends the wait */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Told when a message was given up. Never a body or a secret. */
  readonly report: (detail: string, cause?: unknown) => void;
}

/** Tells receivers what happens to requests: at most five tries each, in memory; what a restart loses is in the list. */
export interface Webhooks {
  tell(news: ApprovalNews): void;
  /** Messages that wait for a try. */
  waiting(): number;
  close(): void;
}

/** Waits before each try, in milliseconds. */
const TRIES_AFTER_MS: readonly number[] = [0, 5_000, 30_000, 120_000, 600_000];
/** Messages that wait for a try, over all receivers. */
const MAX_WAITING = 1_000;
/** How long an end is news; a request is for as long as it is open. */
const NEWS_LIFE_MS = 15 * 60_000;
const GONE = 410;

function bodyOf({ event, approval, url, notAfterMs, requires }: ApprovalNews, nowMs: number): string {
  return JSON.stringify({
    type: `approval.${event}`,
    timestamp: new Date(nowMs).toISOString(),
    data: { approval, requires, not_after: notAfterMs, ...(event === "requested" ? { url } : {}) },
  });
}

interface Message {
  readonly id: string;
  readonly body: string;
  readonly receiver: Receiver;
  /** Nobody wants to be asked after that. */
  readonly untilMs: number;
}

/** Makes the sender of webhooks. */
export function createWebhooks({ clock, receivers, send, after, report }: WebhookPorts): Webhooks {
  const waits = new Set<() => void>();
  const gone = new Set<Receiver>();
  let waiting = 0;
  let isClosed = false;

  const attempt = async ({ id, body, receiver }: Message): Promise<boolean> => {
    const timestamp = Math.floor(clock.nowMs() / 1000);
    const headers = webhookHeaders(receiver.secret, { id, timestamp, body });
    const { status } = await send(receiver.url, { method: "POST", headers, body });
    if (status === GONE) gone.add(receiver);
    return (status >= 200 && status < 300) || status === GONE;
  };
  const schedule = (message: Message, tries: number): void => {
    const wait = TRIES_AFTER_MS[tries];
    const isOver = wait === undefined || clock.nowMs() + wait > message.untilMs;
    if (isOver || isClosed || gone.has(message.receiver)) {
      waiting -= 1;
      if (isOver) report("a webhook was given up: its receiver does not take it");
      return;
    }
    const end = after(wait, () => {
      waits.delete(end);
      attempt(message)
        .catch(() => false)
        .then((isTaken) => {
          if (isTaken) waiting -= 1;
          else schedule(message, tries + 1);
        })
        .catch((cause: unknown) => report("a webhook failed", cause));
    });
    waits.add(end);
  };

  return {
    waiting: () => waiting,
    tell(news) {
      const nowMs = clock.nowMs();
      const body = bodyOf(news, nowMs);
      const untilMs = news.event === "requested" ? news.notAfterMs : nowMs + NEWS_LIFE_MS;
      for (const receiver of receivers) {
        if (gone.has(receiver) || isClosed) continue;
        if (waiting >= MAX_WAITING) {
          report("a webhook was not sent: too many wait");
          continue;
        }
        waiting += 1;
        schedule({ id: `msg_${randomId()}`, body, receiver, untilMs }, 0);
      }
    },
    close() {
      isClosed = true;
      for (const end of waits) end();
      waits.clear();
    },
  };
}
