import type { ErrorCode, ServerRecord } from "@narrowgate/contracts";
import { type Clock, isNarrowgateError } from "@narrowgate/kernel";
import type { GatewayLimits } from "../../limits.ts";
import type { GatewayReports } from "../../ports.ts";
import { prepareRequest } from "../prepare-request.ts";
import type { Upstream, UpstreamEvent, UpstreamFacts } from "../upstream.ts";
import { type Child, startChild } from "./child-process.ts";
import { type Connection, createConnection } from "./connection.ts";
import { isolate } from "./isolation.ts";
import { shakeHands } from "../shake-hands.ts";

/** What a supervised child needs. */
export interface StdioUpstreamContext {
  readonly server: string;
  readonly upstream: Extract<ServerRecord["upstream"], { transport: "stdio" }>;
  readonly env: "dev" | "staging" | "prod";
  readonly childPath: string;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly reports: GatewayReports;
}

type Readiness = UpstreamFacts | { readonly kind: "failed"; readonly code: ErrorCode };

/** One child process with its connection. */
interface Life {
  readonly connection: Connection;
  readonly facts: Promise<Readiness>;
  readonly child: Child;
  end(why: string): Promise<void>;
}

const firstBackoffMs = 100;
const longestBackoffMs = 30_000;
/** A child that has lived this long starts over with the shortest pause. */
const settledMs = 10_000;
const down = { kind: "failed", code: "upstream_unavailable" } as const;

/**
 * One stdio server, supervised: started when first needed, shared by all callers, restarted with growing pauses when it
 * dies, breaks the protocol, floods or hangs. Calls that waited then fail; none is sent twice.
 */
export function createStdioUpstream(context: StdioUpstreamContext): Upstream {
  const { clock, limits, reports, server } = context;
  const listeners = new Set<(event: UpstreamEvent) => void>();
  let life: Life | undefined;
  let lives = 0;
  // Ids go on over restarts, so that a late answer of an earlier life finds nothing.
  let lastId = 0;
  let backoffMs = firstBackoffMs;
  let notBefore = 0;
  let closed = false;

  const emit = (event: UpstreamEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };

  const begin = (): Life => {
    const startedAt = clock.nowMs();
    let child: Child | undefined;
    let ended = false;
    const onEnd = (why: string): void => {
      if (ended) return;
      ended = true;
      if (life === born) life = undefined;
      backoffMs =
        clock.nowMs() - startedAt > settledMs ? firstBackoffMs : Math.min(backoffMs * 2, longestBackoffMs);
      notBefore = clock.nowMs() + backoffMs;
      born.connection.ended();
      if (!closed) reports.report({ kind: "upstream_ended", server, detail: why });
    };
    const end = async (why: string): Promise<void> => {
      onEnd(why);
      await child?.end();
    };
    const connection = createConnection({
      child: () => child,
      clock,
      limits,
      onEvent: emit,
      condemn: (why) => void end(why),
    });
    const isolation = isolate(context.upstream, context.env);
    child = startChild(
      { upstream: context.upstream, isolation, path: context.childPath, messageBytes: limits.messageBytes },
      {
        onLine: (line) => {
          if (!ended) connection.onLine(line);
        },
        onLog: (detail) => reports.report({ kind: "upstream_log", server, detail }),
        onEnd,
      },
    );
    const born: Life = { connection, child, facts: introduce(connection, end), end };
    return born;
  };

  const introduce = async (connection: Connection, end: Life["end"]): Promise<Readiness> => {
    const facts = await shakeHands({
      ask: (method, params) =>
        connection.send(prepareRequest(++lastId, method, params, false), { timeoutMs: limits.startMs }),
      notify: (method, params) => connection.notify(method, params),
    });
    if (facts === undefined) {
      await end("it did not open the conversation");
      return down;
    }
    reports.report({ kind: "upstream_started", server, detail: facts.protocolVersion });
    lives += 1;
    if (lives > 1) emit({ kind: "restarted" });
    return facts;
  };

  const alive = (): Life | { readonly kind: "failed"; readonly code: ErrorCode } => {
    if (closed || clock.nowMs() < notBefore) return life ?? down;
    try {
      life ??= begin();
      return life;
    } catch (cause) {
      const detail = isNarrowgateError(cause)
        ? (cause.detail ?? cause.publicMessage)
        : "it cannot be started";
      reports.report({ kind: "upstream_refused", server, detail, cause });
      notBefore = clock.nowMs() + longestBackoffMs;
      return { kind: "failed", code: isNarrowgateError(cause) ? "posture_refused" : "upstream_unavailable" };
    }
  };

  return {
    async ready() {
      const current = alive();
      return "facts" in current ? current.facts : current;
    },
    prepare(method, params, wantsProgress) {
      return prepareRequest(++lastId, method, params, wantsProgress);
    },
    send: (prepared, options) => life?.connection.send(prepared, options) ?? Promise.resolve(down),
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      await life?.end("the gate closes it");
    },
  };
}
