import type { ErrorCode } from "@narrowgate/contracts";
import { metaOf } from "./mcp/check-headers.ts";
import type { CallWatch } from "./ports.ts";
import type { Exchange } from "./stages.ts";

/** Longest that a `traceparent` of the version we know is. */
const MAX_TRACEPARENT = 55;

function traceparentOf({ headers, known }: Exchange): { readonly traceparent?: string } {
  const sent = metaOf({ _meta: known.meta ?? {} })["traceparent"] ?? headers.get("traceparent");
  return typeof sent === "string" && sent.length <= MAX_TRACEPARENT ? { traceparent: sent } : {};
}

function defined<T extends object>(members: { [K in keyof T]: T[K] | undefined }): Partial<T>;
function defined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/**
 * Tells who watches of a request that ended.
 * @param code - what it was refused with
 */
export function seeCall(watch: CallWatch | undefined, exchange: Exchange, code: ErrorCode | undefined): void {
  const { times, known, server } = exchange;
  if (watch === undefined || times === undefined) return;
  const { question, caller, verdict, entry, status, method } = known;
  watch.ended({
    server: server.id,
    startedMs: times.startedMs,
    endedMs: performance.now(),
    steps: times.steps,
    ...defined({
      method,
      code,
      claims: caller?.claims,
      use: caller?.use,
      verdict,
      decision: entry,
      status,
      operation: question === undefined ? undefined : { kind: question.kind, name: question.record.name },
    }),
    ...traceparentOf(exchange),
  });
}
