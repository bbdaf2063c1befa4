import { isGood } from "../fold/evaluate.ts";
import type { ReportedControl } from "./build-report.ts";

/** What a control does to a release under the profile, or would do if it did not hold. */
export function weightOf(control: ReportedControl): string {
  const { counts, blocks, isBlocking } = control;
  if (!counts) return "not in the profile";
  if (isBlocking) return "keeps it back";
  if (isGood(control)) return blocks ? "would block" : "would warn";
  return blocks ? "blocks" : "warns";
}
