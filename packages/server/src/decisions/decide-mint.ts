import {
  type AgentRecord,
  type ErrorCode,
  type InputAttribute,
  joinLabels,
  labelInContext,
  type MandateRecord,
  type Provenance,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { DecisionRequest, EntityRef } from "@narrowgate/policy";
import { intentInContext } from "./intent.ts";
import type { DecisionPorts, KnownLabels } from "./ports.ts";

/** What policy is told about a mint. All of it was verified before. */
export interface MintQuestion {
  readonly action: "mint_token" | "exchange_token";
  readonly client: AgentRecord;
  readonly instance: { readonly ref: string; readonly entry: string; readonly assurance: string };
  readonly mandate: MandateRecord;
  /** Outermost first, not empty. */
  readonly actors: readonly string[];
  /** The next resource: a server, or the agent of a hand-off, with the registry leaf that states it. */
  readonly target: {
    readonly type: "Server" | "Agent";
    readonly id: string;
    readonly entry: string;
    readonly attrs: JsonObject;
  };
  readonly scopes: readonly string[];
  readonly bodySigned: boolean;
}

/** A decision on a mint, and all it depended on. */
export interface MintVerdict {
  readonly verdict: "permit" | "refuse";
  readonly code?: ErrorCode;
  readonly policies: readonly string[];
  readonly reason: string;
  readonly policy: string;
  readonly procedure: string;
  readonly inputs: readonly InputAttribute[];
}

const gate: Provenance = { by: "gate" };
const byProof: Provenance = { by: "signed", part: "dpop" };
const derived = (entry: string): Provenance => ({ by: "derived", entry });

function contextOf(
  question: MintQuestion,
  labels: KnownLabels,
  env: string,
  nowMs: number,
): readonly (readonly [string, JsonValue, Provenance])[] {
  const { client, instance, mandate, actors, scopes, bodySigned } = question;
  const at = new Date(nowMs);
  const attested = derived(instance.entry);
  const mandated = derived(mandate.entry);
  const autonomous = mandate.document.subject === `agent:${mandate.document.agent}`;
  return [
    ["actor_root", actors[0] ?? client.id, byProof],
    ["actors", [...new Set(actors)].sort(), byProof],
    ["assurance", instance.assurance, attested],
    ["basis", mandate.basis, mandated],
    ["bodySigned", bodySigned, byProof],
    ["depth", actors.length, byProof],
    ["entitlements", { groups: [...(mandate.groups ?? [])] }, mandated],
    ["env", env, gate],
    ["instance", instance.ref, attested],
    ["intent", intentInContext(mandate.document.intent), mandated],
    ["labels", labelInContext(joinLabels(labels.transaction.label, labels.instance.label)), gate],
    [
      "mandate",
      {
        age_s: Math.max(0, Math.floor((nowMs - mandate.openedAtMs) / 1000)),
        purpose: mandate.document.purpose,
      },
      mandated,
    ],
    ["protocol", "oauth", gate],
    ["scopes", [...scopes].sort(), gate],
    ["subject", { id: mandate.document.subject, type: autonomous ? "ai_agent" : "user" }, mandated],
    [
      "time",
      { hour_utc: at.getUTCHours(), unix_s: Math.floor(nowMs / 1000), weekday_utc: at.getUTCDay() },
      gate,
    ],
    ["txn", mandate.txn, mandated],
  ];
}

const agentAttrs = ({ tier, owner, purpose }: AgentRecord): JsonObject => ({ owner, purpose, tier });

function entitiesOf({ client, target }: MintQuestion): DecisionRequest["entities"] {
  const principal = { uid: { type: "Agent", id: client.id }, attrs: agentAttrs(client), parents: [] };
  return [principal, { uid: { type: target.type, id: target.id }, attrs: target.attrs, parents: [] }];
}

const refJson = ({ type, id }: EntityRef): JsonObject => ({ id, type });

/**
 * Asks policy whether a token may be minted or exchanged. Never throws on a denial.
 * @see docs/spec/evidence.md section 5
 */
export function decideMint(question: MintQuestion, ports: DecisionPorts): MintVerdict {
  const { compiled, procedure } = ports.policies();
  const { client, target } = question;
  const principal = { type: "Agent", id: client.id };
  const action = { type: "Action", id: question.action };
  const resource = { type: target.type, id: target.id };
  const labels = ports.flow.labels({ mandate: question.mandate, instance: question.instance.ref });
  const context = contextOf(question, labels, ports.env, ports.clock.nowMs());
  const entities = entitiesOf(question);
  const wire = entities.map(({ uid, attrs }) => ({ attrs, parents: [], uid: refJson(uid) }));
  // In order of path (UTF-16 code units), as evidence keeps them.
  const inputs: InputAttribute[] = [
    { path: "/action", value: action, from: byProof },
    ...context.map(([key, value, from]) => ({ path: `/context/${key}`, value, from })),
    { path: "/entities", value: wire, from: derived(client.entry) },
    { path: "/labels/instance", value: labels.instance.label, from: derived(labels.instance.entry) },
    { path: "/labels/transaction", value: labels.transaction.label, from: derived(labels.transaction.entry) },
    { path: "/principal", value: principal, from: derived(client.entry) },
    { path: "/resource", value: resource, from: derived(target.entry) },
  ];
  const values = Object.fromEntries(context.map(([key, value]) => [key, value]));
  const decided = compiled.decide({ principal, action, resource, context: values, entities });
  const facts = {
    policies: decided.policies,
    reason: decided.reason,
    policy: compiled.digest,
    procedure,
    inputs,
  };
  return decided.verdict === "allow"
    ? { verdict: "permit", ...facts }
    : { verdict: "refuse", code: decided.code ?? "policy_denied", ...facts };
}
