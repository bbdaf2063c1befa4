import {
  type ControlResult,
  type Evaluation,
  MAX_NAMED,
  MAX_WAIVER_MS,
  NON_WAIVABLE,
  profileDigest,
  type RiskTier,
  type Waiver,
} from "@narrowgate/contracts";
import { NarrowgateError, type Sha256 } from "@narrowgate/kernel";
import { type Catalogue, type CatalogueControl, rowOf } from "../catalogue/catalogue.ts";
import type { Fold } from "./create-fold.ts";
import { judgeControl } from "./judge-control.ts";
import { adoptTested } from "./tested-result.ts";
import type { World } from "./world.ts";

/**
 * Whether a control that is not at `pass` keeps a release of this tier back.
 * @see docs/spec/assurance.md C-15
 */
export function blocks({ severity, non_waivable }: CatalogueControl, tier: RiskTier): boolean {
  if (tier === "T1") return non_waivable;
  if (severity.rule === "block") return true;
  return tier === "T3" && severity.when !== undefined;
}

/** Whether a verdict lets a release by. */
export function isGood({ verdict }: Pick<ControlResult, "verdict">): boolean {
  return verdict === "pass" || verdict === "not_applicable";
}

/**
 * Whether a waiver counts at an instant: of this agent, in its time, of a control that can be waived, and its compensating
 * control is at `pass`.
 * @see docs/spec/assurance.md C-16
 */
export function isInForce(
  waiver: Waiver,
  at: number,
  agent: string,
  results: readonly Pick<ControlResult, "control" | "verdict">[],
): boolean {
  const { control, compensating, from, until } = waiver;
  if (NON_WAIVABLE.has(control) || waiver.agent !== agent || until - from > MAX_WAIVER_MS) return false;
  const standsIn = results.find((result) => result.control === compensating);
  return from <= at && at < until && compensating !== control && standsIn?.verdict === "pass";
}

/** Controls of the profile that keep the release back, in the order of `results`. */
export function blockingControls(
  of: Catalogue,
  results: readonly Pick<ControlResult, "control" | "verdict">[],
  world: Pick<World, "at" | "agent" | "profile" | "waivers">,
): readonly string[] {
  const { agent, profile, at, waivers } = world;
  return results
    .filter((result) => profile.controls.includes(result.control) && !isGood(result))
    .filter(({ control }) => blocks(rowOf(of, control), agent.tier))
    .filter(
      ({ control }) =>
        !waivers.some((one) => one.control === control && isInForce(one, at, agent.id, results)),
    )
    .map(({ control }) => control);
}

/**
 * Asks every control for its verdict, and applies age, drills, waivers and the profile.
 * @param fold - must have taken exactly the leaves before `world.log.size`
 * @throws NarrowgateError `internal_error` when the fold stands elsewhere in the log
 * @see docs/spec/assurance.md section 2
 */
export function evaluate(fold: Fold, of: Catalogue, world: World, sha256: Sha256): Evaluation {
  if (fold.size !== world.log.size || fold.key.origin !== world.log.origin)
    throw new NarrowgateError("internal_error", "internal error", { detail: "the fold is not at this head" });
  const early = fold.controls.filter(({ id }) => id !== gateControl);
  const results = early.map((control) =>
    adoptTested(
      judgeControl(fold, control, rowOf(of, control.id), world),
      rowOf(of, control.id),
      world,
      fold.key,
    ),
  );
  const gate = fold.controls.find(({ id }) => id === gateControl);
  if (gate !== undefined) results.push(judgeGate(fold, of, world, results));
  results.sort((a, b) => (a.control < b.control ? -1 : 1));
  const blocking = blockingControls(of, results, world);
  return {
    format: "narrowgate-evaluation/1",
    agent: world.agent.id,
    release: world.release,
    catalogue: fold.key.catalogue,
    evaluator: fold.key.evaluator,
    profile: profileDigest(sha256, world.profile),
    log: world.log,
    at: world.at,
    results,
    waivers: world.waivers.filter((waiver) => waiver.agent === world.agent.id),
    verdict: blocking.length === 0 ? "ready" : "not_ready",
    blocking,
  };
}

/** The control that is about all others. */
const gateControl = "REL-03";

/** REL-03 counts the controls of the profile: one that fails fails it, one that is open leaves it open. */
function judgeGate(fold: Fold, of: Catalogue, world: World, others: readonly ControlResult[]): ControlResult {
  const control = fold.controls.find(({ id }) => id === gateControl);
  if (control === undefined)
    throw new NarrowgateError("internal_error", "internal error", { detail: "there is no REL-03" });
  const { unmet: _, predicate: __, ...result } = judgeControl(fold, control, rowOf(of, gateControl), world);
  if (result.verdict === "error") return { ...result, unmet: "the check itself broke" };
  const looked = others.filter((one) => world.profile.controls.includes(one.control)).length;
  const blocking = new Set(blockingControls(of, others, world));
  const kept = others.filter(({ control: id }) => blocking.has(id));
  const failed = kept.filter(({ verdict }) => verdict === "fail" || verdict === "error");
  const open = kept.filter((one) => !failed.includes(one));
  const violations = [
    ...result.violations,
    ...failed.map(({ control: id }) => ({ says: `${id} keeps the release back` })),
  ];
  const counted = {
    ...result,
    population: { count: result.population.count + looked, of: control.of },
    decided: result.decided + looked - open.length,
    violations: violations.slice(0, MAX_NAMED),
    violations_in_all: result.violations_in_all + failed.length,
  };
  if (counted.violations_in_all > 0) return { ...counted, verdict: "fail" };
  if (open.length === 0 && looked > 0) return { ...counted, verdict: "pass" };
  const names = open.map(({ control: id }) => id).join(", ");
  return {
    ...counted,
    verdict: "not_established",
    unmet: open.length === 0 ? "the profile names no control" : `open: ${names}`,
  };
}
