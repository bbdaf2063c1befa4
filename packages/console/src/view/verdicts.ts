import type { ControlVerdict } from "@narrowgate/contracts";

/** How a verdict looks and reads; told apart by mark and word, never by colour alone. */
export interface VerdictLook {
  readonly mark: string;
  readonly words: string;
}

/** In the order in which a reader looks for them. */
export const VERDICT_LOOKS: Readonly<Record<ControlVerdict, VerdictLook>> = {
  fail: { mark: "✕", words: "fails" },
  error: { mark: "!", words: "could not be checked" },
  not_established: { mark: "?", words: "not established" },
  stale: { mark: "◷", words: "too old" },
  pass: { mark: "✓", words: "passes" },
  not_applicable: { mark: "–", words: "nothing to govern" },
};

/** Verdicts in that order. */
export const VERDICT_ORDER: readonly ControlVerdict[] = [
  "fail",
  "error",
  "not_established",
  "stale",
  "pass",
  "not_applicable",
];

/** How often each verdict was given, in the order above, without those that were not. */
export function verdictCounts(
  results: readonly { readonly verdict: ControlVerdict }[],
): readonly { readonly verdict: ControlVerdict; readonly count: number }[] {
  return VERDICT_ORDER.map((verdict) => ({
    verdict,
    count: results.filter((result) => result.verdict === verdict).length,
  })).filter(({ count }) => count > 0);
}

/** The verdict of that name. Trust: the name may be anything. */
export function verdictNamed(name: string): ControlVerdict | undefined {
  return VERDICT_ORDER.find((verdict) => verdict === name);
}
