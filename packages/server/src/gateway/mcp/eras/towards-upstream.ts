import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type Refusal, refuse } from "../../refusal.ts";
import type { Era } from "../../upstream/upstream.ts";
import { metaOf } from "../check-headers.ts";
import { isObject } from "../json-rpc.ts";
import {
  gateInfo,
  metaClientCapabilities,
  metaClientInfo,
  metaProtocolVersion,
  modernVersion,
} from "../protocol.ts";

/** Members of `params` that are forwarded, by method and era of the upstream. Any other member is refused, never dropped in silence. */
const forwarded: Readonly<
  Record<string, { readonly both: readonly string[]; readonly modern: readonly string[] }>
> = {
  "tools/call": { both: ["name", "arguments"], modern: ["inputResponses", "requestState"] },
  "prompts/get": { both: ["name", "arguments"], modern: ["inputResponses", "requestState"] },
  "resources/read": { both: ["uri"], modern: ["inputResponses", "requestState"] },
  "tools/list": { both: ["cursor"], modern: [] },
  "prompts/list": { both: ["cursor"], modern: [] },
  "resources/list": { both: ["cursor"], modern: [] },
  "resources/templates/list": { both: ["cursor"], modern: [] },
};

/**
 * What of tracing is passed on, and never a ground for a decision: ids of one form. `tracestate` and `baggage` hold words,
 * which would reach the upstream beside arguments that authority bounds and people sign for.
 * @see W3C Trace Context, section 3.2
 */
const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

const capabilityOf: Readonly<Record<string, string>> = {
  "elicitation/create": "elicitation",
  "sampling/createMessage": "sampling",
  "roots/list": "roots",
};

/** Capabilities shown to a modern upstream: those the client declared and the server's registration allows. */
function capabilities(meta: JsonObject, allowed: readonly string[]): JsonObject {
  const declared = isObject(meta[metaClientCapabilities]) ? meta[metaClientCapabilities] : {};
  const names = allowed.map((method) => capabilityOf[method] ?? "").filter((name) => name in declared);
  return Object.fromEntries(names.map((name) => [name, declared[name] ?? {}]));
}

function metaFor(era: Era, meta: JsonObject, allowed: readonly string[]): JsonObject {
  const trace = meta["traceparent"];
  const sent: JsonObject = typeof trace === "string" && traceparent.test(trace) ? { traceparent: trace } : {};
  if (era === "earlier") return sent;
  // The gate is the upstream's client: it names itself, and what the caller calls itself stays behind.
  return {
    ...sent,
    [metaClientCapabilities]: capabilities(meta, allowed),
    [metaClientInfo]: gateInfo,
    [metaProtocolVersion]: modernVersion,
  };
}

/**
 * Builds what is forwarded to an upstream of either era from what a client of either era sent.
 * Trust: `params` are the client's. The result holds nothing that was not named here.
 * @param allowed - requests the server's registration lets it make
 */
export function paramsForUpstream(
  era: Era,
  method: string,
  params: JsonObject,
  allowed: readonly string[],
): { readonly params: JsonObject } | Refusal {
  const row = forwarded[method];
  if (row === undefined) return refuse("method_refused");
  // INVARIANT: answers to a server's questions are arguments no rule has seen; without leave to ask there are none.
  const mayAnswer = era === "modern" && allowed.length > 0;
  const members = mayAnswer ? [...row.both, ...row.modern] : row.both;
  const sent: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(params)) {
    if (name === "_meta") continue;
    if (!members.includes(name)) {
      const sentence = "The request has a member in `params` that the gate does not pass on.";
      return refuse("malformed_input", { status: 400, sentence });
    }
    sent[name] = value;
  }
  // INVARIANT: with a list goes nothing of a caller's own words: no policy decides lists.
  const isList = method.endsWith("/list");
  const meta = isList ? metaFor(era, {}, []) : metaFor(era, metaOf(params), allowed);
  return { params: Object.keys(meta).length === 0 ? sent : { ...sent, _meta: meta } };
}
