import type { AccessTokenClaims } from "@narrowgate/contracts";
import type { SeenCall, SeenMint } from "../ports.ts";
import { linkFrom, type Span, type SpanLink, spanIdOf, tokenSpanId, traceIdOf } from "./span.ts";

const METHODS = { tool: "tools/call", resource: "resources/read", prompt: "prompts/get" } as const;
const LISTS = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
/** Most policies that are named. */
const MAX_POLICIES = 16;

/** A call whose token and proof verified. */
type ProvenCall = SeenCall & { readonly claims: AccessTokenClaims; readonly use: string };

function isProven(call: SeenCall): call is ProvenCall {
  return call.claims !== undefined && call.use !== undefined;
}

/** The agent that presented a token. */
function presenterOf({ act, client_id }: AccessTokenClaims): string {
  return act?.sub ?? client_id;
}

/** Method in the words of our own list: what the sender wrote stands in no span. */
function methodOf({ operation, method = "" }: SeenCall): string {
  if (operation !== undefined) return METHODS[operation.kind];
  return LISTS.find((name) => name === method) ?? "other";
}

function nameOf(call: SeenCall): string {
  const { operation } = call;
  const method = methodOf(call);
  // The name of a resource is an address prefix, which the conventions keep out of names.
  return operation === undefined || operation.kind === "resource" ? method : `${method} ${operation.name}`;
}

function operationAttributes(call: ProvenCall): Span["attributes"] {
  const { operation, server } = call;
  return {
    "mcp.method.name": methodOf(call),
    "gen_ai.operation.name": operation?.kind === "tool" ? "execute_tool" : undefined,
    "gen_ai.tool.name": operation?.kind === "tool" ? operation.name : undefined,
    "gen_ai.prompt.name": operation?.kind === "prompt" ? operation.name : undefined,
    "gen_ai.agent.name": presenterOf(call.claims),
    "narrowgate.server": server,
  };
}

function callSpan(call: ProvenCall): Span {
  const { claims, use, code, status, decision, traceparent, startedMs, endedMs } = call;
  const link = linkFrom(traceparent);
  const failed = code ?? (status === undefined || status === "ok" ? undefined : status);
  return {
    traceId: traceIdOf(claims.txn),
    spanId: spanIdOf(use),
    parentSpanId: tokenSpanId(claims.jti),
    name: nameOf(call),
    kind: "server",
    startedMs,
    endedMs,
    attributes: {
      ...operationAttributes(call),
      "narrowgate.txn": claims.txn,
      "narrowgate.mandate": claims.ng.mandate,
      "narrowgate.decision": decision,
      "narrowgate.outcome": status,
    },
    ...(failed === undefined ? {} : { error: failed }),
    ...(link === undefined ? {} : { links: [link] }),
  };
}

/** Spans of approvals that a permit rests on: they are named by the leaf of each signature. */
function approvalLinks(traceId: string, approvals: readonly string[] = []): readonly SpanLink[] {
  return approvals.map((entry) => ({ traceId, spanId: spanIdOf(entry) }));
}

function decideSpan(call: ProvenCall, within: Span): Omit<Span, "startedMs" | "endedMs"> | undefined {
  const { verdict, decision } = call;
  if (verdict === undefined || decision === undefined) return undefined;
  const links = approvalLinks(within.traceId, verdict.approvals);
  return {
    traceId: within.traceId,
    spanId: spanIdOf(decision),
    parentSpanId: within.spanId,
    name: "decide",
    kind: "internal",
    attributes: {
      "narrowgate.decision": decision,
      "narrowgate.verdict": verdict.verdict,
      "narrowgate.policies": verdict.policies.slice(0, MAX_POLICIES),
      "narrowgate.approvals": verdict.approvals,
    },
    ...(verdict.code === undefined ? {} : { error: verdict.code }),
    ...(links.length === 0 ? {} : { links }),
  };
}

function stepSpan(
  step: string,
  call: ProvenCall,
  within: Span,
): Omit<Span, "startedMs" | "endedMs"> | undefined {
  const { traceId, spanId: parentSpanId } = within;
  const inside = { traceId, parentSpanId, kind: "internal", attributes: {} } as const;
  switch (step) {
    case "authenticate":
      return { ...inside, spanId: spanIdOf(call.use, 2), name: step };
    case "resolve":
      return { ...inside, spanId: spanIdOf(call.use, 3), name: step };
    case "decide":
      return decideSpan(call, within);
    case "forward":
      return {
        ...inside,
        spanId: dispatchSpanId(call.use),
        name: `dispatch ${nameOf(call)}`,
        kind: "client",
        attributes: { ...operationAttributes(call), "narrowgate.outcome": call.status },
        ...(call.status === undefined || call.status === "ok" ? {} : { error: call.status }),
      };
    default:
      return undefined;
  }
}

/** Span id of what leaves for an upstream, by the use of the proof it was asked for with. */
export function dispatchSpanId(use: string): string {
  return spanIdOf(use, 1);
}

/** Spans of a request at the gate; none for one whose token and proof did not verify. */
export function spansOfCall(call: SeenCall): readonly Span[] {
  if (!isProven(call)) return [];
  const whole = callSpan(call);
  let startedMs = call.startedMs;
  const inside = call.steps.flatMap(({ step, endedMs }): readonly Span[] => {
    const times = { startedMs, endedMs };
    startedMs = endedMs;
    const span = stepSpan(step, call, whole);
    return span === undefined ? [] : [{ ...span, ...times }];
  });
  return [whole, ...inside];
}

/** The span of a token that was minted; a refusal has that of its decision, where there is one. */
export function spansOfMint({ claims, startedMs, endedMs }: SeenMint): readonly Span[] {
  if (claims === undefined) return [];
  const { parent, mandate } = claims.ng;
  return [
    {
      traceId: traceIdOf(claims.txn),
      spanId: tokenSpanId(claims.jti),
      parentSpanId: parent === undefined ? spanIdOf(mandate) : tokenSpanId(parent.jti),
      name: "POST /token",
      kind: "server",
      startedMs,
      endedMs,
      attributes: {
        "http.request.method": "POST",
        "http.route": "/token",
        "gen_ai.agent.name": presenterOf(claims),
        "narrowgate.txn": claims.txn,
        "narrowgate.mandate": mandate,
        "narrowgate.audience": claims.aud,
      },
    },
  ];
}
