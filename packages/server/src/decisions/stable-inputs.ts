import {
  type AccessTokenClaims,
  type ActorClaim,
  type AgentRecord,
  type InputAttribute,
  isAtMost,
  joinLabels,
  labelInContext,
  type Provenance,
  type ToolRecord,
} from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import type { DecisionRequest } from "@narrowgate/policy";
import { intentInContext } from "./intent.ts";
import type { CallQuestion, KnownLabel, KnownLabels } from "./ports.ts";
import { authorityOf } from "./token-authority.ts";

/** Root actor, all actors, assurance, basis, depth, entitlements, instance, intent, scopes, subject, transaction. */
export type TokenContext = readonly [
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
  InputAttribute,
];

/** Inputs that are the same for every call under one token. */
export interface TokenInputs {
  readonly authority: InputAttribute;
  readonly principal: InputAttribute;
  /** Of the context, in order of path. */
  readonly context: TokenContext;
}

/** Inputs that are the same for every call of one operation by one agent. */
export interface OperationInputs {
  readonly call: InputAttribute;
  readonly entities: DecisionRequest["entities"];
  readonly entitiesInput: InputAttribute;
  readonly approved: InputAttribute;
  readonly current: InputAttribute;
  readonly resource: Readonly<Record<"signed" | "claimed", InputAttribute>>;
}

/** Inputs that hold for the life of the process. */
export interface FixedInputs {
  readonly action: Readonly<
    Record<CallQuestion["kind"], Readonly<Record<"signed" | "claimed", InputAttribute>>>
  >;
  readonly bodySigned: Readonly<Record<"signed" | "claimed", InputAttribute>>;
  readonly env: InputAttribute;
  /** Of a call that nobody approved. */
  readonly noApprovals: InputAttribute;
  readonly protocol: InputAttribute;
}

/** Remembers inputs for as long as what they follow from is the same object. */
export interface StableInputs {
  readonly fixed: FixedInputs;
  token(question: Pick<CallQuestion, "claims" | "agent" | "mandate">): TokenInputs;
  /** Made again only when a label changed. */
  labels(claims: AccessTokenClaims, labels: KnownLabels): LabelInputs;
  operation(question: CallQuestion): OperationInputs;
}

/** Inputs that change when a label does. */
export interface LabelInputs {
  readonly context: InputAttribute;
  /** In order of path. */
  readonly labels: readonly InputAttribute[];
}

/** Commits to inputs once; the same objects can then be recorded many times. */
export type Salter = (list: readonly InputAttribute[]) => readonly InputAttribute[];

/** Cedar action by kind of operation. */
export const actions: Readonly<Record<CallQuestion["kind"], string>> = {
  tool: "call_tool",
  resource: "read_resource",
  prompt: "get_prompt",
};
/** Cedar entity type by kind of operation. */
export const entityTypes: Readonly<Record<CallQuestion["kind"], string>> = {
  tool: "Tool",
  resource: "Resource",
  prompt: "Prompt",
};

const gate: Provenance = { by: "gate" };
const byToken: Provenance = { by: "signed", part: "token" };
const byProof: Provenance = { by: "signed", part: "dpop" };
const derived = (entry: string): Provenance => ({ by: "derived", entry });
const input = (path: string, value: JsonValue, from: Provenance): InputAttribute => ({ path, value, from });

/** Outermost first. Depth was bounded when the token was parsed. */
function actorsOf(act: ActorClaim | undefined): string[] {
  return act === undefined ? [] : [act.sub, ...actorsOf(act.act)];
}

/** Salts one input. */
type One = (attribute: InputAttribute) => InputAttribute;

type TokenQuestion = Pick<CallQuestion, "claims" | "agent" | "mandate">;

function tokenContext({ claims, agent, mandate }: TokenQuestion, salt: One): TokenContext {
  const actors = actorsOf(claims.act);
  const chain = actors.length === 0 ? [agent.id] : actors;
  const said = (name: string, value: JsonValue): InputAttribute =>
    salt(input(`/context/${name}`, value, byToken));
  const mandated = (name: string, value: JsonValue): InputAttribute =>
    salt(input(`/context/${name}`, value, derived(mandate.entry)));
  return [
    said("actor_root", chain[0] ?? agent.id),
    said("actors", [...new Set(chain)].sort()),
    said("assurance", claims.ng.assurance),
    said("basis", claims.ng.basis),
    said("depth", chain.length),
    mandated("entitlements", { groups: [...(mandate.groups ?? [])] }),
    said("instance", claims.ng.instance),
    mandated("intent", intentInContext(mandate.document.intent)),
    said("scopes", [...authorityOf(claims).scopes].sort()),
    said("subject", { id: claims.sub, type: claims.sub_profile }),
    said("txn", claims.txn),
  ];
}

function labelInputs({ transaction, instance, declared, store }: KnownLabels, salt: One): LabelInputs {
  const known = (name: string, { label, entry }: KnownLabel): InputAttribute =>
    salt(input(`/labels/${name}`, label, derived(entry)));
  const carried = labelInContext(joinLabels(transaction.label, instance.label));
  return {
    context: salt(input("/context/labels", carried, gate)),
    labels: [
      known("declared", declared),
      known("instance", instance),
      ...(store === undefined ? [] : [known("store", store)]),
      known("transaction", transaction),
    ],
  };
}

function entitiesOf({ agent, server, kind, name, record }: CallQuestion): DecisionRequest["entities"] {
  const { dataClass, effect, egress } = record;
  return [
    {
      uid: { type: "Agent", id: agent.id },
      attrs: { owner: agent.owner, purpose: agent.purpose, tier: agent.tier },
      parents: [],
    },
    { uid: { type: "Server", id: server.id }, attrs: {}, parents: [] },
    {
      uid: { type: entityTypes[kind], id: `${server.id}/${record.name}` },
      attrs: { dataClass, effect, egress, name, server: server.id },
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

function isSame(a: KnownLabels["store"], b: KnownLabels["store"]): boolean {
  if (a === b) return true;
  return (
    a !== undefined &&
    b !== undefined &&
    a.entry === b.entry &&
    isAtMost(a.label, b.label) &&
    isAtMost(b.label, a.label)
  );
}

/** Whether two readings of labels say the same, from the same leaves. */
export function areSameLabels(a: KnownLabels, b: KnownLabels): boolean {
  return (
    isSame(a.transaction, b.transaction) &&
    isSame(a.instance, b.instance) &&
    isSame(a.declared, b.declared) &&
    isSame(a.store, b.store)
  );
}

/** Remembers what was made for a question, as long as nothing it was made from is another. */
interface Kept extends OperationInputs {
  readonly entry: string;
  readonly name: string;
  readonly pinned: string;
}

/**
 * Makes the memory.
 * INVARIANT: nothing is shared between two transactions but what the registry says; what a token says is remembered with
 * that token alone, so that erasing a transaction leaves no salted value of a person in another.
 */
export function createStableInputs(env: string, salt: Salter): StableInputs {
  const one: One = (attribute) => salt([attribute])[0] ?? attribute;
  const both = (path: string, value: JsonValue): Record<"signed" | "claimed", InputAttribute> => ({
    signed: one(input(path, value, byProof)),
    claimed: one(input(path, value, gate)),
  });
  const actionOf = (kind: CallQuestion["kind"]): Record<"signed" | "claimed", InputAttribute> =>
    both("/action", { type: "Action", id: actions[kind] });
  const tokens = new WeakMap<AccessTokenClaims, TokenInputs>();
  const labelled = new WeakMap<AccessTokenClaims, LabelInputs & { readonly from: KnownLabels }>();
  const operations = new WeakMap<AgentRecord, WeakMap<ToolRecord, Kept>>();

  const makeToken = (question: TokenQuestion): TokenInputs => ({
    authority: one(input("/authority", authorityOf(question.claims).wire, byToken)),
    principal: one(input("/principal", { type: "Agent", id: question.agent.id }, byToken)),
    context: tokenContext(question, one),
  });
  const makeOperation = (question: CallQuestion): Kept => {
    const { server, kind, name, record, pin } = question;
    const { dataClass, scope, amount } = record;
    const entities = entitiesOf(question);
    const moves = amount === undefined ? {} : { amount };
    const call = { ...moves, dataClass, kind, name, scope, server: server.id };
    return {
      entry: server.entry,
      name,
      pinned: pin.current,
      call: one(input("/call", call, derived(server.entry))),
      entities,
      entitiesInput: one(input("/entities", entityJson(entities), derived(question.agent.entry))),
      approved: one(input("/pin/approved", pin.approved, derived(record.pin?.entry ?? server.entry))),
      current: one(input("/pin/current", pin.current, gate)),
      resource: both("/resource", { type: entityTypes[kind], id: `${server.id}/${record.name}` }),
    };
  };

  return {
    fixed: {
      action: { tool: actionOf("tool"), resource: actionOf("resource"), prompt: actionOf("prompt") },
      bodySigned: {
        signed: one(input("/context/bodySigned", true, byProof)),
        claimed: one(input("/context/bodySigned", false, byProof)),
      },
      env: one(input("/context/env", env, gate)),
      noApprovals: one(input("/context/approvals", [], gate)),
      protocol: one(input("/context/protocol", "mcp", gate)),
    },
    token(question) {
      const known = tokens.get(question.claims);
      if (known !== undefined) return known;
      const made = makeToken(question);
      tokens.set(question.claims, made);
      return made;
    },
    labels(claims, labels) {
      const known = labelled.get(claims);
      if (known !== undefined && areSameLabels(known.from, labels)) return known;
      const made = { ...labelInputs(labels, one), from: labels };
      labelled.set(claims, made);
      return made;
    },
    operation(question) {
      const { agent, server, record, name, pin } = question;
      const byRecord = operations.get(agent) ?? new WeakMap<ToolRecord, Kept>();
      const known = byRecord.get(record);
      if (known?.entry === server.entry && known.name === name && known.pinned === pin.current) return known;
      const made = makeOperation(question);
      operations.set(agent, byRecord.set(record, made));
      return made;
    },
  };
}
