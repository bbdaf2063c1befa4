import type { InputAttribute, MandateRecord } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { DecisionRequest } from "@narrowgate/policy";
import type { CallQuestion } from "./ports.ts";
import type { StableInputs } from "./stable-inputs.ts";

/** A request for policy, and the same as inputs for evidence: setting each value at its path gives the request back. */
export interface BuiltRequest {
  readonly request: DecisionRequest;
  readonly inputs: readonly InputAttribute[];
}

const names = [
  "actor_root",
  "actors",
  "args",
  "assurance",
  "basis",
  "bodySigned",
  "depth",
  "env",
  "instance",
  "mandate",
  "protocol",
  "scopes",
  "subject",
  "time",
  "txn",
];

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
function contextOf(question: CallQuestion, stable: StableInputs, nowMs: number): readonly InputAttribute[] {
  const { mandate, bodySigned } = question;
  const { fixed } = stable;
  const { context } = stable.token(question);
  const own = new Map<string, InputAttribute>([
    [
      "args",
      {
        path: "/context/args",
        value: question.arguments,
        from: bodySigned ? { by: "signed", part: "dpop" } : { by: "gate" },
      },
    ],
    ["bodySigned", fixed.bodySigned[bodySigned ? "signed" : "claimed"]],
    ["env", fixed.env],
    [
      "mandate",
      {
        path: "/context/mandate",
        value: mandateOf(mandate, nowMs),
        from: { by: "derived", entry: mandate.entry },
      },
    ],
    ["protocol", fixed.protocol],
    ["time", { path: "/context/time", value: timeOf(nowMs), from: { by: "gate" } }],
  ]);
  return names.flatMap((name) => own.get(name) ?? context.get(name) ?? []);
}

const prefixLength = "/context/".length;

function refOf({ value }: InputAttribute): { readonly type: string; readonly id: string } {
  const { type, id }: { readonly type?: JsonValue; readonly id?: JsonValue } = Object(value);
  return { type: String(type), id: String(id) };
}

/**
 * Builds what policy decides on, and the record of it. Anything a decision is to depend on enters here and nowhere else.
 * Trust: `name` and `arguments` are the agent's; the rest comes from our token, registry and mandate.
 * @see docs/spec/evidence.md section 5
 */
export function buildRequest(question: CallQuestion, stable: StableInputs, nowMs: number): BuiltRequest {
  const asked = question.bodySigned ? "signed" : "claimed";
  const { authority, principal } = stable.token(question);
  const { call, entities, entitiesInput, approved, current, resource } = stable.operation(question);
  const action = stable.fixed.action[question.kind][asked];
  const context = contextOf(question, stable, nowMs);
  // In order of path (UTF-16 code units), as evidence keeps them.
  const inputs = [
    action,
    authority,
    call,
    ...context,
    entitiesInput,
    approved,
    current,
    principal,
    resource[asked],
  ];
  const request = {
    principal: refOf(principal),
    action: refOf(action),
    resource: refOf(resource[asked]),
    context: Object.fromEntries(context.map(({ path, value }) => [path.slice(prefixLength), value])),
    entities,
  };
  return { request, inputs };
}
