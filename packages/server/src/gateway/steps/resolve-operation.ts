import type { ToolRecord } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { withoutOwnAnswer } from "../approvals/offer-address.ts";
import { answerDiscover, answerInitialize, answerListen, answerPing } from "../mcp/answers.ts";
import { checkParamHeaders, metaOf } from "../mcp/check-headers.ts";
import { paramsForUpstream } from "../mcp/eras/towards-upstream.ts";
import type { RpcNotification, RpcRequest } from "../mcp/json-rpc.ts";
import { isObject, type RequestId } from "../mcp/json-rpc.ts";
import { findRegistered } from "../mcp/match-registration.ts";
import { mediate } from "../mcp/mediation-table.ts";
import { describeChange } from "../pins/describe-change.ts";
import type { LiveView } from "../pins/live-definitions.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import type { Authenticated, Listing, Operation, Outcome, Resolved, Settled } from "../stages.ts";
import type { PooledUpstream } from "../upstream/upstream-pool.ts";
import { isReleased } from "./is-released.ts";

const lists: Readonly<Record<string, Listing["list"]>> = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
};

/** What a message names: kind, name and arguments, or nothing when it is malformed. */
interface Named {
  readonly kind: Operation["kind"];
  readonly name: string;
  readonly arguments: JsonObject;
}

function named(
  kind: Operation["kind"],
  name: JsonValue | undefined,
  args: JsonValue | undefined,
): Named | undefined {
  if (typeof name !== "string" || name === "" || name.length > 2048) return undefined;
  return args === undefined || isObject(args) ? { kind, name, arguments: args ?? {} } : undefined;
}

function readNamed({ method, params }: RpcRequest): Named | undefined {
  switch (method) {
    case "tools/call":
      return named("tool", params["name"], params["arguments"]);
    case "prompts/get":
      return named("prompt", params["name"], params["arguments"]);
    case "resources/read":
      return named("resource", params["uri"], undefined);
    default:
      return undefined;
  }
}

function progressTokenOf(params: JsonObject): RequestId | undefined {
  const token = metaOf(params)["progressToken"];
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}

function resolvePinned(
  target: Named,
  record: ToolRecord,
  approved: NonNullable<ToolRecord["pin"]>,
  view: LiveView,
): Operation {
  const live = view.find(target.kind, target.kind === "resource" ? record.name : target.name);
  // INVARIANT: without a live definition the two never agree, so nothing but what was approved is callable.
  const pin = { current: live?.digest ?? "absent", approved: approved.digest };
  const change =
    pin.current === pin.approved ? {} : { change: describeChange(approved.definition, live?.definition) };
  return { treatment: "decided", ...target, record, pin, ...change };
}

/** Whether the arguments must be the agent's own signed word. @see docs/spec/token.md, Possession proof */
function needsSignedBody(room: GatewayRoom, { caller }: Authenticated, record: ToolRecord): boolean {
  if (caller.bodySigned) return false;
  return caller.agent.tier === "T3" || (record.effect !== "read" && room.deps.env !== "dev");
}

async function resolveDecided(
  room: GatewayRoom,
  authenticated: Authenticated,
  request: RpcRequest,
  pooled: PooledUpstream,
): Promise<Operation | Refusal> {
  const { exchange, era } = authenticated.received;
  const target = readNamed(request);
  if (target === undefined) return refuse("malformed_input", { status: 400 });
  exchange.known.asked = { method: request.method, name: target.name, arguments: target.arguments };
  const record = findRegistered(exchange.server, target.kind, target.name);
  if (record === undefined) return refuse("tool_unknown");
  if (!isReleased(room, authenticated, target.kind, record.name)) return refuse("tool_not_released");
  if (needsSignedBody(room, authenticated, record)) return refuse("body_signature_required");
  const view = await pooled.live.current();
  if (view.kind === "failed") return refuse(view.code);
  const { pin } = record;
  // INVARIANT: what has no pin never gets as far as a decision, so nothing unapproved is callable.
  if (pin === undefined) return refuse("tool_not_approved");
  const wrong =
    era === "modern" && target.kind === "tool"
      ? checkParamHeaders(exchange.headers, pin.definition, target.arguments)
      : undefined;
  return wrong ?? resolvePinned(target, record, pin, view);
}

/** The place in a list as the upstream names it, where this caller was given it. */
function withOpenCursor(
  { cursors }: GatewayRoom,
  { received, caller }: Authenticated,
  { method, params }: RpcRequest,
): { readonly params: JsonObject } | Refusal {
  const { cursor: sealed, ...rest } = params;
  if (sealed === undefined) return { params: rest };
  const { jkt } = caller.claims.cnf;
  const server = received.exchange.server.id;
  const cursor = typeof sealed === "string" ? cursors.open({ server, method, jkt }, sealed) : undefined;
  if (cursor !== undefined) return { params: { ...rest, cursor } };
  return refuse("malformed_input", {
    status: 400,
    sentence: "There is no such cursor; begin the list anew.",
  });
}

async function resolveForwarded(
  room: GatewayRoom,
  authenticated: Authenticated,
  request: RpcRequest,
): Promise<Outcome<Resolved>> {
  const { server, known } = authenticated.received.exchange;
  const pooled = room.pool.get(server);
  const list = lists[request.method];
  known.asked = { method: request.method };
  const operation: Operation | Listing | Refusal =
    list === undefined
      ? await resolveDecided(room, authenticated, request, pooled)
      : { treatment: "listed", list };
  if ("kind" in operation && operation.kind === "refusal") return operation;
  const facts = await pooled.upstream.ready();
  if ("kind" in facts) return refuse(facts.code);
  const asked =
    list === undefined
      ? { params: withoutOwnAnswer(request.params) }
      : withOpenCursor(room, authenticated, request);
  if ("kind" in asked) return asked;
  const built = paramsForUpstream(facts.era, request.method, asked.params, server.allowUpstreamRequests);
  if ("kind" in built) return built;
  return {
    authenticated,
    request,
    operation,
    upstream: pooled.upstream,
    live: pooled.live,
    facts,
    params: built.params,
    progressToken: progressTokenOf(request.params),
  };
}

function answerItself(
  room: GatewayRoom,
  authenticated: Authenticated,
  request: RpcRequest,
): Promise<Settled | Refusal> | Settled | Refusal {
  switch (request.method) {
    case "initialize":
      return answerInitialize(room, authenticated, request);
    case "server/discover":
      return answerDiscover(room, authenticated, request);
    case "subscriptions/listen":
      return answerListen(room, authenticated, request);
    default:
      return answerPing(request);
  }
}

function takeNotification({ received, session }: Authenticated, message: RpcNotification): Settled | Refusal {
  const row = mediate("client to server", "notification", message.method, received.era);
  if (row === undefined) return refuse("method_refused", { status: 400 });
  const id = message.params["requestId"];
  if (row.treatment === "mapped" && (typeof id === "string" || typeof id === "number")) {
    session?.calls.get(id)?.abort();
  }
  return { kind: "settled", status: 202 };
}

/** Finds the row of the mediation table and what the message names; answers what the gate answers itself. */
export function resolveOperation(
  room: GatewayRoom,
): (authenticated: Authenticated) => Promise<Outcome<Resolved>> {
  return async (authenticated) => {
    const { message, era } = authenticated.received;
    if (message.kind === "notification") return takeNotification(authenticated, message);
    const row = mediate("client to server", "request", message.method, era);
    if (row === undefined || row.treatment === "refused") return refuse("method_refused");
    if (row.treatment === "answered") return answerItself(room, authenticated, message);
    return resolveForwarded(room, authenticated, message);
  };
}
