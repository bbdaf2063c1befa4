import { compareText, type DenialCode, type EvaluationError, type PolicyDecision } from "./decision.ts";
import type { CedarAnswer } from "./engine.ts";

/** What a verdict takes from a policy beside its id. */
export interface PolicyNote {
  readonly effect: "permit" | "forbid";
  /** Text of `@reason`. */
  readonly reason: string | undefined;
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
    return frozen({ ...denied, policies, errors, reason: explain(first, notes) });
  }
  if (failed !== undefined) {
    const reason = `policy ${failed.policy} could not be evaluated: ${failed.message}`;
    return frozen({ ...denied, policies: errors.map(({ policy }) => policy), errors, reason });
  }
  if (answer.decision === "allow" && first !== undefined) {
    return frozen({ verdict: "allow", policies, errors, reason: explain(first, notes) });
  }
  return frozen({ ...denied, policies, errors, reason: "no policy allows this" });
}
