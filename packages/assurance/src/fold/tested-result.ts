import type { ControlResult } from "@narrowgate/contracts";
import type { CatalogueControl } from "../catalogue/catalogue.ts";
import type { FoldKey } from "./create-fold.ts";
import { TESTED_MAX_AGE_S } from "./judge-control.ts";
import type { World } from "./world.ts";

/**
 * On an instance where the agent has not acted yet, what it did where it was tested stands in: the same release under the
 * same catalogue and evaluator, not too old. It never covers a counter-example that was found here.
 * @see docs/spec/assurance.md C-17
 */
export function adoptTested(
  result: ControlResult,
  { evidence }: CatalogueControl,
  world: World,
  { catalogue, evaluator }: FoldKey,
): ControlResult {
  const { tested } = world;
  if (tested === undefined || result.verdict !== "not_established" || result.population.count > 0)
    return result;
  const { evaluation, origin } = tested;
  const isSame =
    evaluation.release === world.release &&
    evaluation.catalogue === catalogue &&
    evaluation.evaluator === evaluator;
  const there = evaluation.results.find(({ control }) => control === result.control);
  if (!isSame || there === undefined || (there.verdict !== "pass" && there.verdict !== "not_applicable"))
    return result;
  const parameters = { ...there.parameters, tested_on: origin, tested_at: evaluation.at };
  const vantage = [...there.vantage, `It was seen on the instance where the release was tested, ${origin}.`];
  const maxAge = evidence.drill_s ?? TESTED_MAX_AGE_S;
  if (world.at - evaluation.at <= maxAge * 1000) return { ...there, vantage, parameters };
  return { ...result, verdict: "stale", unmet: "it was tested too long ago", parameters };
}
