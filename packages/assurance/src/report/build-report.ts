import {
  type ControlResult,
  type ControlVerdict,
  type DrillResult,
  LOAD_LEVELS,
  type LoadLevel,
  NON_WAIVABLE,
  type ReadinessFacts,
  VERDICTS,
} from "@narrowgate/contracts";
import { type Catalogue, rowOf } from "../catalogue/catalogue.ts";
import { lintCatalogue } from "../catalogue/lint-clauses.ts";
import { blocks, isGood, isInForce } from "../fold/evaluate.ts";
import { type Answer, answerQuestions } from "./answers.ts";
import { type GradedFramework, gradeClauses } from "./clause-grades.ts";
import { type Assumptions, economicsOf, type Figure } from "./economics.ts";
import { MATURITY, type Maturity, maturityOf, meanLevel } from "./maturity.ts";
import { type Usage, usageOf } from "./usage.ts";

/** A control as a report shows it. */
export type ReportedControl = {
  readonly id: string;
  readonly title: string;
  readonly statement: string;
  readonly verdict: ControlVerdict;
  /** Whether the profile counts it, whether anything but a pass keeps the release back, and whether it does now. */
  readonly counts: boolean;
  readonly blocks: boolean;
  readonly isBlocking: boolean;
  readonly waivable: boolean;
  /** Until when a waiver lets it go, Unix milliseconds. */
  readonly waivedUntil?: number;
  readonly maturity: Maturity;
  readonly result: ControlResult;
};

/** Controls of one family. */
export type ReportedFamily = {
  readonly family: string;
  readonly title: string;
  readonly controls: readonly ReportedControl[];
};

/** A drill of the catalogue and its newest result for this release and build. */
export type ReportedDrill = {
  readonly id: string;
  readonly name: string;
  readonly expects: string;
  /** Load and trials that the profile demands. */
  readonly demanded?: { readonly load: LoadLevel; readonly trials: number };
  readonly absent?: string;
  readonly entry?: string;
  readonly result?: DrillResult;
};

/** Something that a reader must act on, the worst first. */
export type ReportedFinding = {
  readonly control: string;
  readonly severity: "blocks" | "warns" | "open";
  readonly says: string;
  readonly raise: string;
  /** Leaf ids. */
  readonly entries: readonly string[];
};

/** A readiness report: plain data, in every format the same. @see docs/spec/assurance.md section 7 */
export type ReadinessReport = {
  readonly format: "narrowgate-report/1";
  /** One sentence. The words production-ready stand in it under the profile `full` alone. */
  readonly headline: string;
  readonly isReady: boolean;
  readonly agent: ReadinessFacts["agent"];
  readonly instance: string;
  readonly environment: string;
  /** Unix milliseconds of the evaluation, the leaf that has it, and what it speaks of. */
  readonly at: number;
  readonly entry: string;
  readonly log: ReadinessFacts["evaluation"]["log"];
  readonly release: string;
  readonly digests: { readonly catalogue: string; readonly evaluator: string; readonly profile: string };
  readonly profile: { readonly name: string; readonly version: number; readonly controls: number };
  readonly counts: Readonly<Record<ControlVerdict, number>>;
  readonly blocking: readonly string[];
  readonly families: readonly ReportedFamily[];
  /** Mean level of the controls the profile names, and what levels mean. */
  readonly maturity: { readonly mean: number; readonly scale: readonly string[] };
  readonly findings: readonly ReportedFinding[];
  readonly drills: readonly ReportedDrill[];
  readonly usage: Usage;
  readonly work: ReadinessFacts["work"];
  readonly questions: readonly Answer[];
  readonly frameworks: readonly GradedFramework[];
  /** Clauses that keep this report from being signed. */
  readonly unverified: readonly string[];
  readonly economics?: readonly Figure[];
  /** What a reader must know about how far it goes. */
  readonly limits: readonly string[];
};

const limits: readonly string[] = [
  "A verdict speaks of the log up to the size that is named, of this release and of this build, and of nothing after it.",
  "Model, prompt and code of the agent are declared: no control looks at them.",
  "Grades of clauses are this project's judgement of what the evidence bears on. They are no certification, and no statement of any of the publishers.",
  "Where a publisher reserves its rights, clauses are named by their ids alone.",
];

/** Makes a report. @throws NarrowgateError `internal_error` for a result whose control is not in the catalogue */
export function buildReport(
  of: Catalogue,
  facts: ReadinessFacts,
  assumptions?: Assumptions,
): ReadinessReport {
  const { evaluation, profile, agent, entry, instance, environment, work } = facts;
  const { results, at, log, release, blocking, catalogue, evaluator, verdict } = evaluation;
  const controls = results.map((result) => reportControl(of, facts, result));
  const levels = controls.map(({ id, maturity }) => ({ control: id, level: maturity.level }));
  return {
    format: "narrowgate-report/1",
    headline: headlineOf(facts),
    isReady: verdict === "ready",
    agent,
    instance,
    environment,
    at,
    entry,
    log,
    release,
    digests: { catalogue, evaluator, profile: evaluation.profile },
    profile: { name: profile.name, version: profile.version, controls: profile.controls.length },
    counts: countVerdicts(results),
    blocking,
    families: Object.entries(of.families).map(([family, title]) => ({
      family,
      title,
      controls: controls.filter(({ id }) => rowOf(of, id).family === family),
    })),
    maturity: { mean: meanLevel(levels, profile), scale: MATURITY },
    findings: findingsOf(controls),
    drills: drillRecord(of, facts),
    usage: usageOf(facts),
    work,
    questions: answerQuestions(of, results, agent.id),
    frameworks: gradeClauses(of, results),
    unverified: lintCatalogue(of),
    ...(assumptions === undefined ? {} : { economics: economicsOf(work, assumptions) }),
    limits,
  };
}

function headlineOf({ evaluation, profile, agent }: ReadinessFacts): string {
  const held = `${agent.id} under ${profile.name} ${profile.version}`;
  if (evaluation.verdict !== "ready") {
    const { length } = evaluation.blocking;
    return `Not ready: ${held}, kept back by ${length} control${length === 1 ? "" : "s"}.`;
  }
  if (profile.name === "full") return `Production-ready: ${held}; nothing that blocks is left.`;
  const left = evaluation.results.filter(({ verdict }) => verdict === "not_established").length;
  return `Ready: ${held}; nothing that blocks under it is left. ${left} controls are not established.`;
}

function countVerdicts(results: readonly ControlResult[]): Readonly<Record<ControlVerdict, number>> {
  const counts = { pass: 0, fail: 0, not_established: 0, error: 0, stale: 0, not_applicable: 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

function reportControl(of: Catalogue, facts: ReadinessFacts, result: ControlResult): ReportedControl {
  const { agent, evaluation, profile, drills } = facts;
  const row = rowOf(of, result.control);
  const waiver = evaluation.waivers.find(
    (one) => one.control === result.control && isInForce(one, evaluation.at, agent.id, evaluation.results),
  );
  return {
    id: row.id,
    title: row.title,
    statement: row.statement,
    verdict: result.verdict,
    counts: profile.controls.includes(row.id),
    blocks: blocks(row, agent.tier),
    isBlocking: evaluation.blocking.includes(row.id),
    waivable: !NON_WAIVABLE.has(row.id),
    ...(waiver === undefined ? {} : { waivedUntil: waiver.until }),
    maturity: maturityOf(result, row, { drills, catalogue: of }),
    result,
  };
}

const order = { blocks: 0, warns: 1, open: 2 };

function findingsOf(controls: readonly ReportedControl[]): readonly ReportedFinding[] {
  const found = controls
    .filter(({ result }) => !isGood(result))
    .map(({ id, isBlocking, counts, result, maturity }): ReportedFinding => {
      const first = result.violations.slice(0, 3).map(({ says }) => says);
      const says = result.verdict === "fail" ? [...new Set(first)].join("; ") : (result.unmet ?? "");
      return {
        control: id,
        severity: isBlocking ? "blocks" : counts ? "warns" : "open",
        says: says === "" ? (VERDICTS[VERDICTS.indexOf(result.verdict)]?.replace("_", " ") ?? "") : says,
        raise: maturity.raise ?? "",
        entries: result.violations.flatMap(({ entry }) => entry ?? []).slice(0, 8),
      };
    });
  return found.sort((a, b) => order[a.severity] - order[b.severity] || (a.control < b.control ? -1 : 1));
}

const isAtLoad = (result: DrillResult, asked: { readonly load: LoadLevel }): boolean =>
  LOAD_LEVELS.indexOf(result.load) >= LOAD_LEVELS.indexOf(asked.load);

/** Whether a result has less load or fewer trials than the profile demands, and so counts for nothing there. */
export function fallsShort({ demanded, result }: ReportedDrill): boolean {
  if (demanded === undefined || result === undefined) return false;
  return !isAtLoad(result, demanded) || result.trials < demanded.trials;
}

function drillRecord(of: Catalogue, { profile, drills }: ReadinessFacts): readonly ReportedDrill[] {
  return of.drills.map(({ id, name, expects, absent }) => {
    const asked = profile.drills.find(({ drill }) => drill === id);
    const own = drills.filter(({ result }) => result.drill === id);
    // What counts is shown before what is newer and counts for nothing.
    const newest = own.findLast(({ result }) => asked === undefined || isAtLoad(result, asked)) ?? own.at(-1);
    return {
      id,
      name,
      expects,
      ...(asked === undefined ? {} : { demanded: { load: asked.load, trials: asked.trials } }),
      ...(absent === undefined ? {} : { absent }),
      ...(newest === undefined ? {} : { entry: newest.entry, result: newest.result }),
    };
  });
}
