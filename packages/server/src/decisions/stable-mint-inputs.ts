import {
  type AgentRecord,
  type InputAttribute,
  joinLabels,
  labelInContext,
  type MandateRecord,
  type Provenance,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { DecisionRequest } from "@narrowgate/policy";
import { intentInContext } from "./intent.ts";
import type { MintQuestion } from "./mint-question.ts";
import type { KnownLabel, KnownLabels } from "./ports.ts";
import type { Salter } from "./stable-inputs.ts";

/** Inputs of a mint that are the same as long as the same is asked under the same mandate. */
export interface AskedInputs {
  readonly actorRoot: InputAttribute;
  readonly actors: InputAttribute;
  readonly assurance: InputAttribute;
  readonly basis: InputAttribute;
  readonly depth: InputAttribute;
  readonly entitlements: InputAttribute;
  readonly instance: InputAttribute;
  readonly intent: InputAttribute;
  readonly labels: InputAttribute;
  readonly labelOfInstance: InputAttribute;
  readonly labelOfTransaction: InputAttribute;
  readonly scopes: InputAttribute;
  readonly subject: InputAttribute;
  readonly txn: InputAttribute;
  readonly entities: DecisionRequest["entities"];
  readonly entitiesInput: InputAttribute;
  readonly principal: InputAttribute;
  readonly resource: InputAttribute;
}

/** Inputs of mints that are remembered; everything else is made anew for each. */
export interface StableMintInputs {
  readonly action: Readonly<Record<MintQuestion["action"], InputAttribute>>;
  readonly bodySigned: Readonly<Record<"signed" | "unsigned", InputAttribute>>;
  readonly env: InputAttribute;
  readonly protocol: InputAttribute;
  asked(question: MintQuestion, labels: KnownLabels): AskedInputs;
}

type Input = (path: string, value: JsonValue, from: Provenance) => InputAttribute;

const gate: Provenance = { by: "gate" };
const byProof: Provenance = { by: "signed", part: "dpop" };
const derived = (entry: string): Provenance => ({ by: "derived", entry });

const agentAttrs = ({ tier, owner, purpose }: AgentRecord): JsonObject => ({ owner, purpose, tier });

function entitiesOf({ client, target }: MintQuestion): DecisionRequest["entities"] {
  const principal = { uid: { type: "Agent", id: client.id }, attrs: agentAttrs(client), parents: [] };
  return [principal, { uid: { type: target.type, id: target.id }, attrs: target.attrs, parents: [] }];
}

function entityJson(entities: DecisionRequest["entities"]): JsonValue {
  return entities.map(({ uid, attrs }) => ({ attrs, parents: [], uid: { id: uid.id, type: uid.type } }));
}

function makeAsked(
  question: MintQuestion,
  { transaction, instance: own }: KnownLabels,
  input: Input,
): AskedInputs {
  const { client, instance, mandate, actors, scopes, target } = question;
  const { subject, agent, intent } = mandate.document;
  const [attested, mandated] = [derived(instance.entry), derived(mandate.entry)];
  const type = subject === `agent:${agent}` ? "ai_agent" : "user";
  const groups = [...(mandate.groups ?? [])];
  const entities = entitiesOf(question);
  const carried = labelInContext(joinLabels(transaction.label, own.label));
  return {
    actorRoot: input("/context/actor_root", actors[0] ?? client.id, byProof),
    actors: input("/context/actors", [...new Set(actors)].sort(), byProof),
    assurance: input("/context/assurance", instance.assurance, attested),
    basis: input("/context/basis", mandate.basis, mandated),
    depth: input("/context/depth", actors.length, byProof),
    entitlements: input("/context/entitlements", { groups }, mandated),
    instance: input("/context/instance", instance.ref, attested),
    intent: input("/context/intent", intentInContext(intent), mandated),
    labels: input("/context/labels", carried, gate),
    labelOfInstance: input("/labels/instance", own.label, derived(own.entry)),
    labelOfTransaction: input("/labels/transaction", transaction.label, derived(transaction.entry)),
    scopes: input("/context/scopes", [...scopes].sort(), gate),
    subject: input("/context/subject", { id: subject, type }, mandated),
    txn: input("/context/txn", mandate.txn, mandated),
    entities,
    entitiesInput: input("/entities", entityJson(entities), derived(client.entry)),
    principal: input("/principal", { type: "Agent", id: client.id }, derived(client.entry)),
    resource: input("/resource", { type: target.type, id: target.id }, derived(target.entry)),
  };
}

interface Kept {
  readonly client: AgentRecord;
  readonly instance: MintQuestion["instance"];
  readonly asked: string;
  readonly inputs: AskedInputs;
}

function labelText({ label, entry }: KnownLabel): string {
  return `${label.class} ${label.untrusted} ${entry}`;
}

/** Whatever of a question is no object that somebody else keeps. */
function askedText({ actors, scopes, target }: MintQuestion, { transaction, instance }: KnownLabels): string {
  return JSON.stringify([actors, scopes, target, labelText(transaction), labelText(instance)]);
}

/**
 * Makes the memory: for each mandate what was asked last, and by whom.
 * INVARIANT: what a mandate says is remembered with that mandate alone, so that erasing a transaction leaves no salted
 * value of a person in another.
 */
export function createStableMintInputs(env: string, salt: Salter): StableMintInputs {
  const input: Input = (path, value, from) => {
    const attribute = { path, value, from };
    return salt([attribute])[0] ?? attribute;
  };
  const actionOf = (id: MintQuestion["action"]): InputAttribute =>
    input("/action", { type: "Action", id }, byProof);
  const kept = new WeakMap<MandateRecord, Kept>();
  return {
    action: { mint_token: actionOf("mint_token"), exchange_token: actionOf("exchange_token") },
    bodySigned: {
      signed: input("/context/bodySigned", true, byProof),
      unsigned: input("/context/bodySigned", false, byProof),
    },
    env: input("/context/env", env, gate),
    protocol: input("/context/protocol", "oauth", gate),
    asked(question, labels) {
      const { client, instance, mandate } = question;
      const asked = askedText(question, labels);
      const known = kept.get(mandate);
      if (known?.client === client && known.instance === instance && known.asked === asked)
        return known.inputs;
      const inputs = makeAsked(question, labels, input);
      kept.set(mandate, { client, instance, asked, inputs });
      return inputs;
    },
  };
}
