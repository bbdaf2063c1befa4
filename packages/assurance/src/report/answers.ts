import type { ControlResult } from "@narrowgate/contracts";
import type { Catalogue } from "../catalogue/catalogue.ts";

/** A reviewer's question and what there is to say. */
export type Answer = {
  readonly n: number;
  readonly question: string;
  /** `answered`: every control it rests on holds. `in part`: some do. `not answered`: none does. */
  readonly state: "answered" | "in part" | "not answered";
  readonly artefact: string;
  /** What shows it: commands to be typed by whoever asks. */
  readonly shown: readonly string[];
  /** What keeps it from being answered, a sentence each. */
  readonly open: readonly string[];
  readonly controls: readonly string[];
  /** Question ids of the CSA AI-CAIQ, ids alone. */
  readonly aicaiq: readonly string[];
};

const json = "narrowgate readiness AGENT --format json";
const replay = "narrowgate txn replay TXN --trust trust.json";
const drills = "narrowgate drill list";

/** What shows the answer to each question, and changes nothing. AGENT, TXN and ID are for whoever asks to fill in. */
const shows: Readonly<Record<number, readonly string[]>> = {
  1: [replay, "narrowgate evidence export --txn TXN -o proof.json"],
  2: [replay, "narrowgate txn explain TXN"],
  3: ["narrowgate readiness AGENT", "narrowgate txn show TXN"],
  4: [json],
  5: [json, drills],
  6: ["narrowgate mandate list", "narrowgate txn list"],
  7: ["narrowgate txn show TXN", json],
  8: ["narrowgate approval list", replay],
  9: [replay, "narrowgate txn show TXN"],
  10: [json, replay],
  11: [json, drills],
  12: [replay, drills],
  13: ["narrowgate agent list", "narrowgate agent show AGENT"],
  14: ["narrowgate release list", "narrowgate release show ID"],
  15: [drills],
  16: [drills],
  17: [drills, "narrowgate release list"],
  18: ["narrowgate operator list", drills],
  19: ["narrowgate log audit", "narrowgate log checkpoint"],
  20: [drills, json],
  21: ["narrowgate policy list", "narrowgate policy diff"],
  22: [drills, "narrowgate txn show TXN"],
  23: ["narrowgate agent show AGENT", drills],
  24: ["narrowgate agent show AGENT", "narrowgate readiness AGENT"],
  25: [drills],
  26: ["narrowgate readiness AGENT", "narrowgate waiver list"],
  27: [json],
  28: [json],
  29: ["narrowgate agent show AGENT", drills],
  30: [json],
};

/** Answers the reviewer's questions from what the controls found; what does not hold is said. */
export function answerQuestions(
  of: Catalogue,
  results: readonly ControlResult[],
  agent: string,
): readonly Answer[] {
  const found = new Map(results.map((result) => [result.control, result]));
  return of.questions.map(({ n, question, artefact, controls, aicaiq }) => {
    const looked = controls.map((control) => ({ control, result: found.get(control) }));
    const isHeld = ({ result }: (typeof looked)[number]): boolean =>
      result?.verdict === "pass" || result?.verdict === "not_applicable";
    const held = looked.filter(isHeld);
    const open = looked.filter((one) => !isHeld(one)).map(({ control, result }) => whyOpen(control, result));
    const state = open.length === 0 ? "answered" : held.length > 0 ? "in part" : "not answered";
    const shown = (shows[n] ?? []).map((command) => command.replace("AGENT", agent));
    return { n, question, state, artefact, shown, open, controls, aicaiq };
  });
}

function whyOpen(control: string, result: ControlResult | undefined): string {
  if (result === undefined) return `${control} was not evaluated`;
  const first = result.violations[0]?.says;
  const why = result.verdict === "fail" ? (first ?? "a counter-example was found") : (result.unmet ?? "");
  return `${control} is ${result.verdict.replace("_", " ")}: ${why}`;
}
