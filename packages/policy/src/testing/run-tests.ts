import { canonicalJson, isNarrowgateError, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { buildRequest } from "../cases/build-request.ts";
import type { World } from "../cases/world.ts";
import type { CompiledPolicies } from "../compiled-policies.ts";
import type { PolicyDecision } from "../decision.ts";
import type { Expectation, PolicyCase, PolicyTests } from "./parse-tests.ts";

/** One member of a decision that is not what its case expects. */
export interface Difference {
  readonly what: "verdict" | "code" | "policies" | "requires" | "obligations" | "case";
  readonly expected: JsonValue;
  readonly actual: JsonValue;
}

/** What one case came to. It passed when nothing differs. */
export interface CaseResult {
  readonly file: string;
  readonly name: string;
  readonly differences: readonly Difference[];
  /** Why the decision is what it is; of a case that cannot be put, why not. */
  readonly reason: string;
}

/** How often a policy took part in the cases. */
export interface PolicyCoverage {
  readonly policy: string;
  /** Cases in whose slice it stood. */
  readonly evaluated: number;
  /** Cases whose verdict it determined. */
  readonly determined: number;
}

/** What running tests gave. */
export interface TestReport {
  readonly results: readonly CaseResult[];
  readonly failed: number;
  /** One row a policy, sorted by id. */
  readonly coverage: readonly PolicyCoverage[];
}

type Counts = Map<string, { evaluated: number; determined: number }>;

function comparable(decision: PolicyDecision): JsonObject {
  const { verdict, code, policies, requires, obligations } = decision;
  return {
    verdict,
    code: code ?? null,
    policies: [...policies],
    requires: [...(requires ?? [])],
    obligations: { ...obligations },
  };
}

const compared = ["verdict", "code", "policies", "requires", "obligations"] as const;

function differencesOf(expected: Expectation, decision: PolicyDecision): readonly Difference[] {
  const actual = comparable(decision);
  const wanted: JsonObject = JSON.parse(JSON.stringify(expected));
  return compared.flatMap((what) => {
    const [want, is] = [wanted[what], actual[what] ?? null];
    if (want === undefined || canonicalJson(want) === canonicalJson(is)) return [];
    return [{ what, expected: want, actual: is }];
  });
}

function count(counts: Counts, ids: readonly string[], what: "evaluated" | "determined"): void {
  for (const id of ids) {
    const row = counts.get(id);
    if (row !== undefined) row[what] += 1;
  }
}

function runCase(
  file: string,
  test: PolicyCase,
  {
    policies,
    world,
    counts,
  }: { readonly policies: CompiledPolicies; readonly world: World; readonly counts: Counts },
): CaseResult {
  const { name, expected } = test;
  try {
    const request = buildRequest(test, world);
    const decision = policies.decide(request);
    if (decision.code !== "policy_context_invalid")
      count(counts, policies.sliceFor(request).policyIds, "evaluated");
    count(counts, decision.policies, "determined");
    return { file, name, differences: differencesOf(expected, decision), reason: decision.reason };
  } catch (error) {
    if (!isNarrowgateError(error) || error.code !== "malformed_input") throw error;
    const reason = error.publicMessage;
    return { file, name, differences: [{ what: "case", expected: "a request", actual: reason }], reason };
  }
}

/**
 * Runs the cases of test files and counts which policies they reach.
 * @param world - entities the cases name
 */
export function runPolicyTests(
  policies: CompiledPolicies,
  files: readonly PolicyTests[],
  world: World,
): TestReport {
  const counts: Counts = new Map(policies.ids().map((id) => [id, { evaluated: 0, determined: 0 }]));
  const around = { policies, world, counts };
  const results = files.flatMap(({ file, cases }) => cases.map((test) => runCase(file, test, around)));
  return {
    results,
    failed: results.filter(({ differences }) => differences.length > 0).length,
    coverage: [...counts].map(([policy, row]) => ({ policy, ...row })),
  };
}
