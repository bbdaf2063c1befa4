import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { canOpenAddresses } from "../approvals/offer-address.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import type { Authenticated, Settled } from "../stages.ts";
import type { UpstreamEvent, UpstreamFacts } from "../upstream/upstream.ts";
import type { RpcRequest } from "./json-rpc.ts";
import { isObject } from "./json-rpc.ts";
import {
  earlierVersions,
  gateInfo,
  metaServerInfo,
  metaSubscriptionId,
  supportedVersions,
} from "./protocol.ts";

const discoverTtlMs = 60_000;

function answer(
  request: RpcRequest,
  result: JsonObject,
  headers?: Readonly<Record<string, string>>,
): Settled {
  const message = { jsonrpc: "2.0", id: request.id, result };
  return { kind: "settled", status: 200, message, ...(headers === undefined ? {} : { headers }) };
}

/** What the gate passes of what the upstream can do: never completion, subscriptions, logging, tasks or experiments. */
function capabilitiesOf(facts: UpstreamFacts): JsonObject {
  const passed: Record<string, JsonValue> = {};
  for (const name of ["tools", "prompts", "resources"]) {
    if (name in facts.capabilities) passed[name] = { listChanged: true };
  }
  return passed;
}

// The upstream's own name and instructions are not pinned, so they are not shown.
function serverInfo({ received }: Authenticated): JsonObject {
  return {
    name: received.exchange.server.id,
    title: `${received.exchange.server.id} behind ${gateInfo.name}`,
    version: gateInfo.version,
  };
}

async function factsOf(room: GatewayRoom, authenticated: Authenticated): Promise<UpstreamFacts | Refusal> {
  const facts = await room.pool.get(authenticated.received.exchange.server).upstream.ready();
  return "kind" in facts ? refuse(facts.code) : facts;
}

/** Opens a session of the earlier era. @see MCP 2025-11-25, lifecycle */
export async function answerInitialize(
  room: GatewayRoom,
  authenticated: Authenticated,
  request: RpcRequest,
): Promise<Settled | Refusal> {
  const { received, caller } = authenticated;
  const requested = request.params["protocolVersion"];
  if (typeof requested !== "string") return refuse("malformed_input", { status: 400 });
  const facts = await factsOf(room, authenticated);
  if ("kind" in facts) return facts;
  const protocolVersion = earlierVersions.includes(requested) ? requested : (earlierVersions[0] ?? "");
  const opensAddresses = canOpenAddresses(request.params["capabilities"]);
  const session = room.sessions.open(received.exchange.server.id, caller.claims, {
    protocolVersion,
    opensAddresses,
  });
  if (session === undefined) return refuse("overloaded");
  const result = {
    protocolVersion,
    capabilities: capabilitiesOf(facts),
    serverInfo: serverInfo(authenticated),
  };
  return answer(request, result, { "Mcp-Session-Id": session.id });
}

/** Says what the gate speaks and passes. @see MCP 2026-07-28, server/discover */
export async function answerDiscover(
  room: GatewayRoom,
  authenticated: Authenticated,
  request: RpcRequest,
): Promise<Settled | Refusal> {
  const facts = await factsOf(room, authenticated);
  if ("kind" in facts) return facts;
  return answer(request, {
    _meta: { [metaServerInfo]: serverInfo(authenticated) },
    cacheScope: "private",
    capabilities: capabilitiesOf(facts),
    resultType: "complete",
    supportedVersions,
    ttlMs: discoverTtlMs,
  });
}

/** The peer is alive. */
export function answerPing(request: RpcRequest): Settled {
  return answer(request, {});
}

const filterMembers = {
  tools: "toolsListChanged",
  prompts: "promptsListChanged",
  resources: "resourcesListChanged",
} as const;
type List = keyof typeof filterMembers;

function isList(name: string): name is List {
  return Object.hasOwn(filterMembers, name);
}

/**
 * Keeps a subscription open until the client goes, the token ends, or what it rests on is revoked.
 * Resource updates are not offered: those of a shared upstream cannot be told apart by caller.
 * @see MCP 2026-07-28, subscriptions
 */
export async function answerListen(
  room: GatewayRoom,
  authenticated: Authenticated,
  request: RpcRequest,
): Promise<Settled | Refusal> {
  const { exchange } = authenticated.received;
  const wanted = request.params["notifications"];
  if (!isObject(wanted)) return refuse("malformed_input", { status: 400 });
  if (room.live.size() >= room.deps.limits.streams) return refuse("overloaded");
  const facts = await factsOf(room, authenticated);
  if ("kind" in facts) return facts;
  const giveBack = room.streamShares.take(authenticated.caller.claims.cnf.jkt);
  if (giveBack === undefined) return refuse("overloaded");
  const honoured = Object.keys(facts.capabilities)
    .filter(isList)
    .filter((list) => wanted[filterMembers[list]] === true);
  const _meta = { [metaSubscriptionId]: request.id };
  const notify = (method: string, params: JsonObject): void =>
    exchange.channel.notify({ jsonrpc: "2.0", method, params: { _meta, ...params } });
  notify("notifications/subscriptions/acknowledged", {
    notifications: Object.fromEntries(honoured.map((list) => [filterMembers[list], true])),
  });
  await listenUntilEnd(room, authenticated, (event) => {
    const changed = event.kind === "restarted" ? honoured : honoured.filter((list) => list === event.list);
    for (const list of changed) notify(`notifications/${list}/list_changed`, {});
  }).finally(giveBack);
  return answer(request, { _meta, resultType: "complete" });
}

function listenUntilEnd(
  room: GatewayRoom,
  { received, caller }: Authenticated,
  onEvent: (event: UpstreamEvent) => void,
): Promise<void> {
  const { exchange } = received;
  const stop = room.pool.get(exchange.server).upstream.onEvent(onEvent);
  return new Promise((resolve) => {
    const forget = room.live.watch(caller.claims, () => finish());
    const finish = (): void => {
      stop();
      forget();
      exchange.channel.gone.removeEventListener("abort", finish);
      resolve();
    };
    exchange.channel.gone.addEventListener("abort", finish);
    if (exchange.channel.gone.aborted) finish();
  });
}
