import { isNarrowgateError } from "@narrowgate/kernel";
import type { CompiledPolicies } from "@narrowgate/policy";
import { type Expected, Recomputer } from "../recompute.ts";
import { type OverlayById, overlaysOver } from "./over-history.ts";
import type { RecordedDecision } from "./recorded-decisions.ts";

/** What was, or would be, decided. */
export interface Outcome {
  readonly verdict: "permit" | "refuse";
  readonly code?: string;
  readonly policies: readonly string[];
  readonly requires: readonly string[];
}

/** A decision that would have been another. */
export interface DecisionChange {
  readonly id: string;
  readonly txn: string;
  readonly atMs: number;
  readonly before: Outcome;
  /** `failed`: the candidate could not be asked, which counts as a difference. */
  readonly after: Outcome | { readonly failed: string };
}

/** What a candidate said of decisions so far. */
export interface JudgedCounts {
  readonly judged: number;
  readonly same: number;
  readonly changed: number;
  /** Refused before policy, so no policy could have said otherwise. */
  readonly beforePolicy: number;
  /** Decided anew; the others had the inputs of one of these, or were refused before policy. */
  readonly distinct: number;
}

/** Refusals that follow on what policy allowed. */
const afterPolicy: ReadonlySet<string> = new Set(["insufficient_scope", "cap_spent"]);
/** Refusals that policy gives. */
const byPolicy: ReadonlySet<string> = new Set([
  "policy_denied",
  "approval_required",
  "policy_context_invalid",
  "policy_engine_failed",
]);

function outcomeOf({ verdict, code, policies, requires }: Expected): Outcome {
  return { verdict, ...(code === undefined ? {} : { code }), policies, requires: requires ?? [] };
}

function isSame(a: Outcome, b: Outcome): boolean {
  return a.verdict === b.verdict && a.code === b.code && a.requires.join() === b.requires.join();
}

/** Asks a candidate about decisions, identical inputs once. Used for what-if and for shadow alike. */
export class CandidateJudge {
  readonly #recomputer: Recomputer;
  readonly #overlayOf: OverlayById;
  readonly #forbidden: Map<string, number> = new Map();
  #counts = { judged: 0, same: 0, changed: 0, beforePolicy: 0 };

  /** @param overlayOf - overlays that decisions name: what they forbade is forbidden under any candidate */
  constructor(candidate: CompiledPolicies, overlayOf: OverlayById = () => undefined) {
    this.#recomputer = new Recomputer(candidate);
    this.#overlayOf = overlayOf;
  }

  /** How many decisions each overlay forbade, by the id of its leaf. */
  get forbidden(): ReadonlyMap<string, number> {
    return this.#forbidden;
  }

  get counts(): JudgedCounts {
    return { ...this.#counts, distinct: this.#recomputer.distinct };
  }

  /**
   * Compares a decision with what the candidate would have said. Never throws: what fails is a difference.
   * Ids of policies alone make no difference.
   */
  judge(decision: RecordedDecision): DecisionChange | undefined {
    this.#counts.judged += 1;
    const { id, txn, atMs, verdict, code, policies, requires } = decision;
    if (code !== undefined && !byPolicy.has(code) && !afterPolicy.has(code)) {
      this.#counts.beforePolicy += 1;
      return undefined;
    }
    const before = { verdict, ...(code === undefined ? {} : { code }), policies, requires };
    const after = this.#ask(decision);
    if (!("failed" in after) && isSame(before, after)) {
      this.#counts.same += 1;
      return undefined;
    }
    this.#counts.changed += 1;
    return { id, txn, atMs, before, after };
  }

  /** What stands whatever the candidate says: an overlay asked first, and forbade it. A permit had no such answer. */
  #byOverlay(decision: RecordedDecision): Outcome | { readonly failed: string } | undefined {
    const { verdict, code, policies, requires } = decision;
    if (code === undefined || !byPolicy.has(code)) return undefined;
    const { forbidding, unasked } = overlaysOver(decision, this.#overlayOf);
    for (const { overlay } of forbidding)
      this.#forbidden.set(overlay, (this.#forbidden.get(overlay) ?? 0) + 1);
    if (forbidding.length > 0) return { verdict, code, policies, requires };
    return unasked.length === 0 ? undefined : { failed: `overlay ${unasked.join(", ")} is not in hand` };
  }

  #ask(decision: RecordedDecision): Outcome | { readonly failed: string } {
    const { code, inputs } = decision;
    try {
      const over = this.#byOverlay(decision);
      if (over !== undefined) return over;
      const expected = this.#recomputer.decide(inputs);
      // Caps, and in older records scopes, are not among the inputs; they were looked at after policy and would be again.
      if (code !== undefined && afterPolicy.has(code) && expected.verdict === "permit")
        return { verdict: "refuse", code, policies: [], requires: [] };
      return outcomeOf(expected);
    } catch (error) {
      return { failed: isNarrowgateError(error) ? error.code : "internal_error" };
    }
  }
}
