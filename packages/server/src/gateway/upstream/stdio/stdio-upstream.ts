import { isNarrowgateError } from "@narrowgate/kernel";
import { prepareRequest } from "../prepare-request.ts";
import type { Unready, Upstream, UpstreamEvent } from "../upstream.ts";
import { type ChildLife, type StdioUpstreamContext, startLife } from "./child-life.ts";

const firstBackoffMs = 100;
const longestBackoffMs = 30_000;
/** A child that has lived this long starts over with the shortest pause. */
const settledMs = 10_000;
const down: Unready = { kind: "failed", code: "upstream_unavailable" };

/** Keeps one child alive: at most one life at a time, with growing pauses between failures. */
interface Supervisor {
  /** The life of now, started when there is none and the pause is over. */
  alive(): ChildLife | undefined;
  current(): ChildLife | undefined;
  /** Why there is none. */
  reason(): Unready;
  close(): Promise<void>;
}

function supervise(
  context: StdioUpstreamContext,
  nextId: () => number,
  emit: (event: UpstreamEvent) => void,
): Supervisor {
  const { clock, reports, server } = context;
  const ending = new Set<Promise<void>>();
  let life: ChildLife | undefined;
  let reason: Unready = down;
  let backoffMs = firstBackoffMs;
  let notBefore = 0;
  let closed = false;

  const begin = (): ChildLife => {
    const startedAt = clock.nowMs();
    const onOver = (why: string): void => {
      const over = life;
      life = undefined;
      reason = { ...down, why };
      const hasSettled = clock.nowMs() - startedAt > settledMs;
      backoffMs = hasSettled ? firstBackoffMs : Math.min(backoffMs * 2, longestBackoffMs);
      notBefore = clock.nowMs() + backoffMs;
      if (closed) return;
      reports.report({ kind: "upstream_ended", server, detail: why });
      // What the next life states is not known yet.
      emit({ kind: "restarted" });
      const gone = over?.end(why).finally(() => ending.delete(gone ?? Promise.resolve()));
      if (gone !== undefined) ending.add(gone);
    };
    return startLife(context, { nextId, onEvent: emit, onOver });
  };
  const tryBegin = (): ChildLife | undefined => {
    try {
      reason = down;
      return begin();
    } catch (cause) {
      const isKnown = isNarrowgateError(cause);
      const detail = isKnown ? (cause.detail ?? cause.publicMessage) : "it cannot be started";
      reports.report({ kind: "upstream_refused", server, detail, cause });
      notBefore = clock.nowMs() + longestBackoffMs;
      if (isKnown) reason = { kind: "failed", code: "posture_refused" };
      return undefined;
    }
  };

  return {
    current: () => life,
    reason: () => reason,
    alive() {
      if (life === undefined && !closed && clock.nowMs() >= notBefore) life = tryBegin();
      return life;
    },
    async close() {
      closed = true;
      await Promise.all([...ending, life?.end("the gate closes it")]);
    },
  };
}

/**
 * One stdio server, supervised: started when first needed, shared by all callers, restarted with growing pauses when it
 * dies, breaks the protocol, floods or hangs. Calls that waited then fail; none is sent twice.
 */
export function createStdioUpstream(context: StdioUpstreamContext): Upstream {
  const listeners = new Set<(event: UpstreamEvent) => void>();
  // Ids go on over restarts, so that a late answer of an earlier life finds nothing.
  let lastId = 0;
  const nextId = (): number => ++lastId;
  const supervisor = supervise(context, nextId, (event) => {
    for (const listener of [...listeners]) listener(event);
  });
  return {
    ready: () => supervisor.alive()?.facts ?? Promise.resolve(supervisor.reason()),
    prepare: (method, params, wantsProgress) => prepareRequest(nextId(), method, params, wantsProgress),
    async send(prepared, options) {
      const life = supervisor.current();
      return life === undefined
        ? { kind: "failed", code: "upstream_unavailable" }
        : life.connection.send(prepared, options);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => supervisor.close(),
  };
}
