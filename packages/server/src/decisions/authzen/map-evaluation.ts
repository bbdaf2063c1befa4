import type { InputAttribute, Provenance } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import type { DecisionRequest } from "@narrowgate/policy";
import { overlayInputs } from "../build-request.ts";
import type { EntityAsked, Evaluation } from "./read-evaluation.ts";

/** What is known of a question beside its words. */
export interface Surroundings {
  /** Name of the profile: the namespace of its types and actions. */
  readonly profile: string;
  /** Id of the agent that asks. */
  readonly caller: string;
  /** Its key signed the body, and the body is on record. */
  readonly isSigned: boolean;
  readonly nowMs: number;
}

/** A question as policy sees it, and the record of it. */
export interface MappedEvaluation {
  readonly request: DecisionRequest;
  /** In order of path. */
  readonly inputs: readonly InputAttribute[];
}

const gate: Provenance = { by: "gate" };

function timeOf(nowMs: number): JsonObject {
  const at = new Date(nowMs);
  return { hour_utc: at.getUTCHours(), unix_s: Math.floor(nowMs / 1000), weekday_utc: at.getUTCDay() };
}

/** What is said of one entity in both of its roles. */
function joinProperties(a: JsonObject, b: JsonObject): JsonObject {
  for (const [name, value] of Object.entries(b)) {
    const other = Object.hasOwn(a, name) ? a[name] : undefined;
    if (other !== undefined && canonicalJson(other) !== canonicalJson(value))
      throw new NarrowgateError(
        "malformed_input",
        "subject and resource are one, and their properties differ",
      );
  }
  return { ...a, ...b };
}

function entitiesOf(
  { subject, resource }: Evaluation,
  uidOf: (asked: EntityAsked) => { readonly type: string; readonly id: string },
): DecisionRequest["entities"] {
  const entity = (asked: EntityAsked, attrs: JsonObject) => ({ uid: uidOf(asked), attrs, parents: [] });
  if (subject.type === resource.type && subject.id === resource.id)
    return [entity(subject, joinProperties(subject.properties, resource.properties))];
  return [entity(subject, subject.properties), entity(resource, resource.properties)];
}

/**
 * Maps a question onto the profile: types and actions into its namespace, properties to attributes, the action's
 * properties and the context into the context. What the profile does not declare reaches no policy.
 * @param overlays - ids of what stands over the policies
 * Trust: the question is the asking system's word; its types can name nothing outside the namespace.
 * @throws NarrowgateError `malformed_input` when subject and resource are one entity with two values for a property
 * @see docs/design/authzen.md, docs/spec/evidence.md E-35
 */
export function mapEvaluation(
  evaluation: Evaluation,
  { profile, caller, isSigned, nowMs }: Surroundings,
  overlays: readonly string[],
): MappedEvaluation {
  const said: Provenance = isSigned ? { by: "signed", part: "dpop" } : gate;
  const uidOf = ({ type, id }: EntityAsked) => ({ id, type: `${profile}::${type}` });
  const principal = uidOf(evaluation.subject);
  const resource = uidOf(evaluation.resource);
  const action = { id: evaluation.action.name, type: `${profile}::Action` };
  const context: Readonly<Record<string, JsonValue>> = {
    action: evaluation.action.properties,
    caller: { id: caller },
    request: evaluation.context,
    time: timeOf(nowMs),
  };
  const entities = entitiesOf(evaluation, uidOf);
  const wire = entities.map(({ uid, attrs }) => ({ attrs, parents: [], uid: { ...uid } }));
  const input = (path: string, value: JsonValue, from: Provenance): InputAttribute => ({ path, value, from });
  return {
    request: { principal, action, resource, context, entities },
    inputs: [
      input("/action", action, said),
      input("/context/action", evaluation.action.properties, said),
      input("/context/caller", { id: caller }, { by: "signed", part: "token" }),
      input("/context/request", evaluation.context, said),
      input("/context/time", timeOf(nowMs), gate),
      input("/entities", wire, said),
      ...overlayInputs(overlays),
      input("/principal", principal, said),
      input("/resource", resource, said),
    ],
  };
}
