import { setTimeout as wait } from "node:timers/promises";
import type { HttpEnd, HttpExchange, HttpPeer } from "./post-message.ts";

/** What taking up a stream needs. */
export interface ResumeContext {
  readonly peer: HttpPeer;
  /** The exchange whose stream it was; its time limit holds for all of it. */
  readonly exchange: HttpExchange;
  /** When that exchange began, by `performance.now()`. */
  readonly startedAtMs: number;
  /** Headers of a GET on behalf of the same caller; undefined when there is no credential for it. */
  readonly headers: () => Promise<Record<string, string> | undefined>;
}

const noBody = new Uint8Array();
const defaultPauseMs = 1_000;
/** INVARIANT: an upstream cannot make the gate come again at once, over and over. */
const shortestPauseMs = 100;

async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  const options = signal === undefined ? {} : { signal };
  return wait(ms, true, options).catch(() => false);
}

/**
 * Takes up a stream that ended before its answer, for as long as the upstream named a place to go on from and there is
 * time. Nothing is sent a second time: a GET asks for what came after the last event.
 * @see MCP 2025-11-25, Streamable HTTP, resumability and redelivery
 */
export async function resumeStream(
  first: HttpEnd,
  { peer, exchange, startedAtMs, headers }: ResumeContext,
): Promise<HttpEnd> {
  const { limits, signal } = exchange;
  let end = first;
  let lastEventId: string | undefined;
  while (end.kind === "ended" && end.status < 300) {
    lastEventId = end.lastEventId ?? lastEventId;
    if (lastEventId === undefined) return end;
    const leftMs = startedAtMs + limits.timeoutMs - performance.now();
    const pauseMs = Math.max(end.retryMs ?? defaultPauseMs, shortestPauseMs);
    if (pauseMs >= leftMs) return { kind: "timeout" };
    if (!(await pause(pauseMs, signal))) return { kind: "aborted" };
    const from = { "Last-Event-ID": lastEventId };
    const renew = async () => {
      const own = await headers();
      return own === undefined ? undefined : { ...own, ...from };
    };
    const sent = await renew();
    if (sent === undefined) return { kind: "unreachable" };
    end = await peer.exchange({
      ...exchange,
      method: "GET",
      headers: sent,
      renew,
      body: noBody,
      limits: { ...limits, timeoutMs: leftMs - pauseMs },
    });
  }
  return end;
}
