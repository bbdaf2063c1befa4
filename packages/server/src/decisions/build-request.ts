import {
  type InputAttribute,
  type MandateRecord,
  OVERLAYS_PATH,
  type Provenance,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { DecisionRequest } from "@narrowgate/policy";
import type { CallQuestion, HeldApproval, KnownLabels, KnownSpent } from "./ports.ts";
import { actions, entityTypes, type StableInputs } from "./stable-inputs.ts";

/** A request for policy, and the same as inputs for evidence: setting each value at its path gives the request back. */
export interface BuiltRequest {
  readonly request: DecisionRequest;
  readonly inputs: readonly InputAttribute[];
}

/** What a call is decided on beside the question itself: what flowed, what was spent, who approved. */
export interface Known {
  readonly labels: KnownLabels;
  readonly spent: KnownSpent;
  readonly approvals: readonly HeldApproval[];
  /** Ids of the overlays over the policies, sorted. */
  readonly overlays: readonly string[];
}

const gate: Provenance = { by: "gate" };
const byProof: Provenance = { by: "signed", part: "dpop" };

function approvalsOf({ approvals }: Known, none: InputAttribute): InputAttribute {
  if (approvals.length === 0) return none;
  return { path: "/context/approvals", value: approvals.map(({ requirement }) => requirement), from: gate };
}

function approvalEntries({ approvals }: Known): readonly InputAttribute[] {
  if (approvals.length === 0) return [];
  const value = approvals.map(({ entry, requirement }) => ({ entry, requirement }));
  return [{ path: "/approvals", value, from: gate }];
}

function timeOf(nowMs: number): JsonObject {
  const at = new Date(nowMs);
  return { hour_utc: at.getUTCHours(), unix_s: Math.floor(nowMs / 1000), weekday_utc: at.getUTCDay() };
}

function mandateOf({ openedAtMs, document }: MandateRecord, nowMs: number): JsonObject {
  return { age_s: Math.max(0, Math.floor((nowMs - openedAtMs) / 1000)), purpose: document.purpose };
}

/**
 * Every context attribute with where it comes from, in order of path (UTF-16 code units). This and `stable-inputs.ts` are
 * the places to add one.
 */
function contextOf(
  question: CallQuestion,
  known: Known,
  stable: StableInputs,
  nowMs: number,
): readonly InputAttribute[] {
  const { mandate, bodySigned, claims } = question;
  const { fixed } = stable;
  const [actorRoot, actors, assurance, basis, depth, entitlements, instance, intent, scopes, subject, txn] =
    stable.token(question).context;
  return [
    actorRoot,
    actors,
    approvalsOf(known, fixed.noApprovals),
    { path: "/context/args", value: question.arguments, from: bodySigned ? byProof : gate },
    assurance,
    basis,
    fixed.bodySigned[bodySigned ? "signed" : "claimed"],
    depth,
    entitlements,
    fixed.env,
    instance,
    intent,
    stable.labels(claims, known.labels).context,
    {
      path: "/context/mandate",
      value: mandateOf(mandate, nowMs),
      from: { by: "derived", entry: mandate.entry },
    },
    fixed.protocol,
    scopes,
    { path: "/context/spent", value: { ...known.spent }, from: gate },
    subject,
    { path: "/context/time", value: timeOf(nowMs), from: gate },
    txn,
  ];
}

/** The overlays a decision was made under; without any nothing is said. @see docs/spec/evidence.md E-37 */
export function overlayInputs(overlays: readonly string[]): readonly InputAttribute[] {
  return overlays.length === 0 ? [] : [{ path: OVERLAYS_PATH, value: [...overlays], from: gate }];
}

const prefixLength = "/context/".length;

function valuesOf(context: readonly InputAttribute[]): JsonObject {
  const values: Record<string, JsonValue> = {};
  for (const { path, value } of context) values[path.slice(prefixLength)] = value;
  return values;
}

/**
 * Builds what policy decides on, and the record of it. Anything a decision is to depend on enters here and nowhere else.
 * Trust: `name` and `arguments` are the agent's; the rest comes from our token, registry and mandate.
 * @see docs/spec/evidence.md section 5
 */
export function buildRequest(
  question: CallQuestion,
  known: Known,
  stable: StableInputs,
  nowMs: number,
): BuiltRequest {
  const asked = question.bodySigned ? "signed" : "claimed";
  const { authority, principal } = stable.token(question);
  const { call, entities, entitiesInput, approved, current, resource } = stable.operation(question);
  const action = stable.fixed.action[question.kind][asked];
  const context = contextOf(question, known, stable, nowMs);
  // In order of path (UTF-16 code units), as evidence keeps them.
  const inputs = [
    action,
    ...approvalEntries(known),
    authority,
    call,
    ...context,
    entitiesInput,
    ...stable.labels(question.claims, known.labels).labels,
    ...overlayInputs(known.overlays),
    approved,
    current,
    principal,
    resource[asked],
  ];
  const request = {
    principal: { type: "Agent", id: question.agent.id },
    action: { type: "Action", id: actions[question.kind] },
    resource: { type: entityTypes[question.kind], id: `${question.server.id}/${question.record.name}` },
    context: valuesOf(context),
    entities,
  };
  return { request, inputs };
}
