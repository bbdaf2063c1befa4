import { setTimeout as wait } from "node:timers/promises";
import type { ErrorCode } from "@narrowgate/contracts";
import { canonicalBytes } from "@narrowgate/kernel";
import type { GatewayLimits } from "../../limits.ts";
import { modernMeta } from "../shake-hands.ts";
import { listChanges, type Prepared, type UpstreamEvent, type UpstreamFacts } from "../upstream.ts";
import type { HttpMethod, HttpPeer } from "./post-message.ts";
import type { AskedBack } from "./speak.ts";

/** What watching needs. */
export interface WatchContext {
  readonly peer: HttpPeer;
  readonly ready: () => Promise<UpstreamFacts | { readonly kind: "failed"; readonly code: ErrorCode }>;
  readonly emit: (event: UpstreamEvent) => void;
  readonly limits: GatewayLimits;
  readonly signal: AbortSignal;
  readonly headers: (prepared: Prepared, method: HttpMethod) => Promise<Record<string, string> | undefined>;
  readonly answer: (asked: AskedBack) => void;
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
const longestStreamMs = 3_600_000;
const methodNotAllowed = 405;

/** One stream of changes, from its opening to its end. */
async function watchOnce(
  { peer, emit, limits, signal, headers, answer }: WatchContext,
  facts: UpstreamFacts,
): Promise<number> {
  const isModern = facts.era === "modern";
  const notifications = { promptsListChanged: true, resourcesListChanged: true, toolsListChanged: true };
  const message = {
    id: "changes",
    jsonrpc: "2.0",
    method: "subscriptions/listen",
    params: { _meta: modernMeta, notifications },
  };
  const bytes = isModern ? canonicalBytes(message) : new Uint8Array();
  const method = isModern ? "POST" : "GET";
  const renew = () => headers({ id: 0, method: isModern ? "subscriptions/listen" : "", bytes }, method);
  const sent = await renew();
  if (sent === undefined) return 0;
  const end = await peer.exchange({
    method,
    headers: sent,
    renew,
    body: bytes,
    signal,
    limits: {
      timeoutMs: longestStreamMs,
      messageBytes: limits.messageBytes,
      messages: Number.MAX_SAFE_INTEGER,
    },
    onMessage(event) {
      const list = event.kind === "notification" ? listChanges.get(event.method) : undefined;
      if (list !== undefined) emit({ kind: "list_changed", list });
      if (event.kind === "request") answer(event);
      return event.kind === "error";
    },
  });
  return "status" in end ? end.status : 0;
}

/**
 * Listens for changed lists, for as long as the upstream offers it. Between two streams a change can go unheard, so the
 * definitions count as unknown then.
 */
export function watchChanges(context: WatchContext): void {
  watch(context).catch(() => {
    // Ended by the signal; nothing else in `watch` rejects.
  });
}

async function watch(context: WatchContext): Promise<void> {
  const { signal, ready, emit } = context;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    const facts = await ready();
    const startedAt = performance.now();
    const status = "kind" in facts ? 0 : await watchOnce(context, facts);
    // An upstream without such a stream: definitions are read again by age alone.
    if (status >= 400 && status <= methodNotAllowed) return;
    if (signal.aborted) return;
    emit({ kind: "restarted" });
    const wasLong = performance.now() - startedAt > longestPauseMs;
    pauseMs = wasLong ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
    await wait(pauseMs, undefined, { signal });
  }
}
