import { compareText, type DenialCode, type EvaluationError, type PolicyDecision } from "./decision.ts";
import type { CedarAnswer } from "./engine.ts";
import { joinObligations } from "./join-obligations.ts";
import type { PolicyNotes } from "./read-annotations.ts";

/** What a verdict takes from a policy beside its id. */
export interface PolicyNote extends Omit<PolicyNotes, "id"> {
  readonly effect: "permit" | "forbid";
}

// Cedar's messages can quote values of the request; evidence and answers get one of these instead.
const errorClasses: readonly (readonly [RegExp, string])[] = [
  [/overflow/, "a whole number overflows"],
  [/extension function/, "an extension function does not accept its argument"],
  [/does not exist/, "an entity does not exist"],
  [/does not have the attribute/, "an attribute is missing"],
  [/does not have the tag/, "a tag is missing"],
  [/type error/, "a value has the wrong type"],
  [/recursion limit/, "the policy nests too deeply"],
];

function classify(message: string): string {
  return errorClasses.find(([pattern]) => pattern.test(message))?.[1] ?? "it could not be evaluated";
}

function frozen(decision: PolicyDecision): PolicyDecision {
  Object.freeze(decision.policies);
  for (const error of decision.errors) Object.freeze(error);
  Object.freeze(decision.errors);
  Object.freeze(decision.requires);
  Object.freeze(decision.obligations);
  Object.freeze(decision.obligations?.redact_arguments);
  Object.freeze(decision.obligations?.redact_result);
  return Object.freeze(decision);
}

/** A denial that no policy made. */
export function denial(code: DenialCode, reason: string): PolicyDecision {
  return frozen({ verdict: "deny", code, policies: [], errors: [], reason });
}

function explain(first: string, notes: ReadonlyMap<string, PolicyNote>): string {
  const note = notes.get(first);
  return note?.reason ?? `${note?.effect === "forbid" ? "forbidden" : "allowed"} by policy ${first}`;
}

/** What would lift the denial: signatures, when each of the policies that made it can be lifted by them. */
function liftedBy(policies: readonly string[], notes: ReadonlyMap<string, PolicyNote>): readonly string[] {
  const wanted = policies.map((id) => notes.get(id)?.approval ?? []);
  return wanted.every((requirements) => requirements.length > 0) ? [...new Set(wanted.flat())].sort() : [];
}

/** The obligations of a permit, when there are any. */
function demands(
  policies: readonly string[],
  notes: ReadonlyMap<string, PolicyNote>,
): Pick<PolicyDecision, "obligations"> {
  const obligations = joinObligations(policies.map((id) => notes.get(id)?.obligations ?? {}));
  return Object.keys(obligations).length === 0 ? {} : { obligations };
}

/**
 * Turns Cedar's answer into ours. In this order: a `forbid` denies; a policy that could not be evaluated denies,
 * whichever way it would have gone; a `permit` allows; nothing denies.
 * Cedar by itself skips a policy that errs, and a `forbid` skipped is a door left open.
 */
export function readVerdict(answer: CedarAnswer, notes: ReadonlyMap<string, PolicyNote>): PolicyDecision {
  const policies = [...answer.reason].sort();
  const errors: EvaluationError[] = answer.errors
    .map(({ policy, message }) => ({ policy, message: classify(message) }))
    .sort((a, b) => compareText(a.policy, b.policy));
  const [first] = policies;
  const [failed] = errors;
  const denied = { verdict: "deny", code: "policy_denied" } as const;
  if (answer.decision === "deny" && first !== undefined) {
    const reason = explain(first, notes);
    // An error denies by itself, and no signature mends it.
    const requires = failed === undefined ? liftedBy(policies, notes) : [];
    return requires.length === 0
      ? frozen({ ...denied, policies, errors, reason })
      : frozen({ verdict: "deny", code: "approval_required", policies, errors, reason, requires });
  }
  if (failed !== undefined) {
    const reason = `policy ${failed.policy} could not be evaluated: ${failed.message}`;
    return frozen({ ...denied, policies: errors.map(({ policy }) => policy), errors, reason });
  }
  if (answer.decision === "allow" && first !== undefined) {
    const reason = explain(first, notes);
    return frozen({ verdict: "allow", policies, errors, reason, ...demands(policies, notes) });
  }
  return frozen({ ...denied, policies, errors, reason: "no policy allows this" });
}
