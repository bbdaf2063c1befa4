import type { DrillRun, DrillStanding } from "@narrowgate/contracts";
import { counted } from "./counted.ts";
import { VERDICT_LOOKS } from "./verdicts.ts";

/** How the state of a drill looks: its style, its mark and its words. */
export interface StandingLook {
  readonly style: string;
  readonly mark: string;
  readonly words: string;
}

/** Told apart by mark and words, never by colour alone. */
export function standingLook({ state }: Pick<DrillStanding, "state">): StandingLook {
  switch (state) {
    case "planned":
      return { style: "is-planned", mark: "·", words: "to come" };
    case "running":
      return { style: "is-running", mark: "▸", words: "under way" };
    case "not_run":
      return { style: "v-not_applicable", mark: "–", words: "not run" };
    default:
      return { style: `v-${state}`, mark: VERDICT_LOOKS[state].mark, words: VERDICT_LOOKS[state].words };
  }
}

/** Drills that have ended with a verdict. */
export function endedDrills({ drills }: Pick<DrillRun, "drills">): readonly DrillStanding[] {
  return drills.filter(({ state }) => state in VERDICT_LOOKS);
}

/** How far a run is, in a sentence that changes only when a drill begins or ends. */
export function runWords(run: DrillRun): string {
  const ended = endedDrills(run);
  const failed = ended.filter(({ state }) => state === "fail").length;
  const open = ended.filter(({ state }) => state === "not_established").length;
  const so = `${ended.length} of ${counted(run.drills.length, "drill")} ended: ${failed} failed, ${open} not established.`;
  const now = run.drills.find(({ state }) => state === "running");
  if (run.state === "running" && now !== undefined) return `${now.drill} is under way. ${so}`;
  return so;
}
