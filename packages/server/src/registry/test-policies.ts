import { canonicalJson } from "@narrowgate/kernel";
import { type CaseResult, type PolicyTests, worldFromRegistry } from "@narrowgate/policy/testing";
import type { PolicyPlan } from "./plan-policies.ts";
import type { Problem, Refused } from "./problems.ts";
import type { RegistryTable } from "./registry-table.ts";
import type { Wanted } from "./resolve-document.ts";
import { agentSpec, serverSpec } from "./specs.ts";

/** What is registered once a document is applied. */
interface Surroundings {
  readonly wanted: Pick<Wanted, "agents" | "servers">;
  readonly table: RegistryTable;
}

function laterWins<T extends { readonly id: string }>(...all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

function problemOf({ file, name, differences, reason }: CaseResult): readonly Problem[] {
  if (differences.length === 0) return [];
  const differs = differences
    .map(
      ({ what, expected, actual }) =>
        `${what} ${canonicalJson(actual)} instead of ${canonicalJson(expected)}`,
    )
    .join("; ");
  return [{ path: file, code: "policy_invalid", message: `test "${name}" fails: ${differs} (${reason})` }];
}

/**
 * Runs the tests of the policies that a plan brings into force.
 * @returns a refusal naming every failed case; undefined when none fails, or the policies stay as they are
 */
export function failedTests(
  { steps }: PolicyPlan,
  tests: readonly PolicyTests[],
  { wanted, table }: Surroundings,
): Refused | undefined {
  const [step] = steps;
  if (step === undefined || tests.length === 0) return undefined;
  const world = worldFromRegistry({
    agents: laterWins(...table.agents().map(agentSpec), ...wanted.agents),
    servers: laterWins(...table.servers().map(serverSpec), ...wanted.servers),
  });
  const problems = step.compiled.test(tests, world).results.flatMap(problemOf);
  return problems.length === 0 ? undefined : { kind: "refused", problems };
}
