import type { ServerRecord } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { GatewayLimits } from "../../limits.ts";
import type { GatewayReports } from "../../ports.ts";
import { prepareRequest } from "../prepare-request.ts";
import { shakeHands } from "../shake-hands.ts";
import type { Unready, UpstreamEvent, UpstreamFacts } from "../upstream.ts";
import { type Child, startChild } from "./child-process.ts";
import { type Connection, createConnection } from "./connection.ts";
import { isolate } from "./isolation.ts";

/** What a child server is made from. */
export interface StdioUpstreamContext {
  readonly server: string;
  readonly upstream: Extract<ServerRecord["upstream"], { transport: "stdio" }>;
  readonly env: "dev" | "staging" | "prod";
  readonly childPath: string;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly reports: GatewayReports;
}

/** Whether a child can take calls. */
export type Readiness = UpstreamFacts | Unready;

/** One child process with its connection, from start to end. */
export interface ChildLife {
  readonly connection: Connection;
  /** Settles when the conversation is open, or will not be. */
  readonly facts: Promise<Readiness>;
  /** Ends it and everything it started; resolves when that is gone. */
  end(why: string): Promise<void>;
}

/** What a life tells its supervisor. */
export interface LifeEvents {
  readonly nextId: () => number;
  readonly onEvent: (event: UpstreamEvent) => void;
  /** Called once, when the life is over; nothing of it answers any more. */
  readonly onOver: (why: string) => void;
}

async function introduce(
  { limits, reports, server }: StdioUpstreamContext,
  { nextId }: LifeEvents,
  { connection, end, reason }: Pick<ChildLife, "connection" | "end"> & { readonly reason: () => string },
): Promise<Readiness> {
  const facts = await shakeHands({
    ask: (method, params) =>
      connection.send(prepareRequest(nextId(), method, params, false), { timeoutMs: limits.startMs }),
    notify: (method, params) => connection.notify(method, params),
  });
  if (facts === undefined) {
    await end("it did not open the conversation");
    return { kind: "failed", code: "upstream_unavailable", why: reason() };
  }
  reports.report({ kind: "upstream_started", server, detail: facts.protocolVersion });
  return facts;
}

/**
 * Starts a child and opens the conversation with it.
 * @throws NarrowgateError `posture_refused` when its isolation cannot be had; whatever the file system throws
 */
export function startLife(context: StdioUpstreamContext, events: LifeEvents): ChildLife {
  const { clock, limits, reports, server, upstream, env, childPath } = context;
  let child: Child | undefined;
  let isOver = false;
  let reason = "";
  const onEnd = (why: string): void => {
    if (isOver) return;
    isOver = true;
    reason = why;
    connection.ended();
    events.onOver(why);
  };
  const end = async (why: string): Promise<void> => {
    onEnd(why);
    await child?.end();
  };
  const connection = createConnection({
    child: () => child,
    clock,
    limits,
    onEvent: events.onEvent,
    condemn: (why) => void end(why),
  });
  const isolation = isolate(upstream, env);
  child = startChild(
    { upstream, isolation, path: childPath, messageBytes: limits.messageBytes },
    {
      onLine: (line) => {
        if (!isOver) connection.onLine(line);
      },
      onLog: (detail) => reports.report({ kind: "upstream_log", server, detail }),
      onEnd,
    },
  );
  const facts = introduce(context, events, { connection, end, reason: () => reason });
  return { connection, end, facts };
}
