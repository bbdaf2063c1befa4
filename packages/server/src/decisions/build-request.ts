import type { ActorClaim, InputAttribute, Provenance } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { DecisionRequest } from "@narrowgate/policy";
import type { CallQuestion } from "./ports.ts";
import { authorityOf } from "./token-authority.ts";

/** A request for policy, and the same as inputs for evidence: setting each value at its path gives the request back. */
export interface BuiltRequest {
  readonly request: DecisionRequest;
  readonly inputs: readonly InputAttribute[];
}

const actions = { tool: "call_tool", resource: "read_resource", prompt: "get_prompt" } as const;
const entityTypes = { tool: "Tool", resource: "Resource", prompt: "Prompt" } as const;

const gate: Provenance = { by: "gate" };
const byToken: Provenance = { by: "signed", part: "token" };
const byProof: Provenance = { by: "signed", part: "dpop" };
const derived = (entry: string): Provenance => ({ by: "derived", entry });

/** Outermost first. Depth was bounded when the token was parsed. */
function actorsOf(act: ActorClaim | undefined): string[] {
  return act === undefined ? [] : [act.sub, ...actorsOf(act.act)];
}

function timeOf(nowMs: number): JsonObject {
  const at = new Date(nowMs);
  return { hour_utc: at.getUTCHours(), unix_s: Math.floor(nowMs / 1000), weekday_utc: at.getUTCDay() };
}

/** Every context attribute with where it comes from. This is the one place to add one. */
function contextOf(
  question: CallQuestion,
  env: string,
  nowMs: number,
): readonly (readonly [string, JsonValue, Provenance])[] {
  const { claims, agent, mandate, bodySigned } = question;
  const actors = actorsOf(claims.act);
  const chain = actors.length === 0 ? [agent.id] : actors;
  return [
    ["actor_root", chain[0] ?? agent.id, byToken],
    ["actors", [...new Set(chain)].sort(), byToken],
    ["args", question.arguments, bodySigned ? byProof : gate],
    ["assurance", claims.ng.assurance, byToken],
    ["basis", claims.ng.basis, byToken],
    ["bodySigned", bodySigned, byProof],
    ["depth", chain.length, byToken],
    ["env", env, gate],
    ["instance", claims.ng.instance, byToken],
    [
      "mandate",
      {
        age_s: Math.max(0, Math.floor((nowMs - mandate.openedAtMs) / 1000)),
        purpose: mandate.document.purpose,
      },
      derived(mandate.entry),
    ],
    ["protocol", "mcp", gate],
    ["scopes", [...authorityOf(claims).scopes].sort(), byToken],
    ["subject", { id: claims.sub, type: claims.sub_profile }, byToken],
    ["time", timeOf(nowMs), gate],
    ["txn", claims.txn, byToken],
  ];
}

function entitiesOf({ agent, server, kind, name, record }: CallQuestion): DecisionRequest["entities"] {
  return [
    {
      uid: { type: "Agent", id: agent.id },
      attrs: { owner: agent.owner, purpose: agent.purpose, tier: agent.tier },
      parents: [],
    },
    { uid: { type: "Server", id: server.id }, attrs: {}, parents: [] },
    {
      uid: { type: entityTypes[kind], id: `${server.id}/${record.name}` },
      attrs: {
        dataClass: record.dataClass,
        effect: record.effect,
        egress: record.egress,
        name,
        server: server.id,
      },
      parents: [{ type: "Server", id: server.id }],
    },
  ];
}

function entityJson(entities: DecisionRequest["entities"]): JsonValue {
  return entities.map(({ uid, attrs, parents }) => ({
    attrs,
    parents: parents.map(({ type, id }) => ({ id, type })),
    uid: { id: uid.id, type: uid.type },
  }));
}

/**
 * Builds what policy decides on, and the record of it. Anything a decision is to depend on enters here and nowhere else.
 * Trust: `name` and `arguments` are the agent's; the rest comes from our token, registry and mandate.
 * @see docs/spec/evidence.md section 5
 */
export function buildRequest(question: CallQuestion, env: string, nowMs: number): BuiltRequest {
  const { claims, agent, server, kind, name, record, pin } = question;
  const principal = { type: "Agent", id: agent.id };
  const action = { type: "Action", id: actions[kind] };
  const resource = { type: entityTypes[kind], id: `${server.id}/${record.name}` };
  const context = contextOf(question, env, nowMs);
  const entities = entitiesOf(question);
  const asked = question.bodySigned ? byProof : gate;
  const approval = record.pin === undefined ? derived(server.entry) : derived(record.pin.entry);
  // In order of path (UTF-16 code units), as evidence keeps them.
  const inputs: InputAttribute[] = [
    { path: "/action", value: action, from: asked },
    { path: "/authority", value: authorityOf(claims).wire, from: byToken },
    {
      path: "/call",
      value: { dataClass: record.dataClass, kind, name, scope: record.scope, server: server.id },
      from: derived(server.entry),
    },
    ...context.map(([key, value, from]) => ({ path: `/context/${key}`, value, from })),
    { path: "/entities", value: entityJson(entities), from: gate },
    { path: "/pin/approved", value: pin.approved, from: approval },
    { path: "/pin/current", value: pin.current, from: gate },
    { path: "/principal", value: principal, from: byToken },
    { path: "/resource", value: resource, from: asked },
  ];
  const values = Object.fromEntries(context.map(([key, value]) => [key, value]));
  return { request: { principal, action, resource, context: values, entities }, inputs };
}
