import type { PolicyFiles } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import {
  type Analysis,
  analysePolicies,
  ceilingReach,
  diffPolicies,
  type PolicyDifference,
} from "@narrowgate/policy/analysis";
import {
  type PolicyTests,
  parsePolicyTests,
  runPolicyTests,
  worldFromRegistry,
} from "@narrowgate/policy/testing";
import { readYaml } from "@narrowgate/policy/yaml";
import type { BenchOrder, CandidateFile, PolicyCheck, PolicySheet } from "./messages.ts";

type CheckOrder = Extract<BenchOrder, { kind: "check" }>;

function demandsOf({
  approval,
  obligations,
}: ReturnType<CompiledPolicies["inside"]>["policies"][number]): readonly string[] {
  const { capture, cap_rows: rows, redact_arguments: hidden = [], redact_result: held = [] } = obligations;
  return [
    ...(approval.length === 0 ? [] : [`lifted by signatures of ${approval.join(", ")}`]),
    ...(capture === undefined ? [] : [capture === "full" ? "kept in full" : "kept by digest alone"]),
    ...(rows === undefined ? [] : [`at most ${rows} rows`]),
    ...(hidden.length === 0 ? [] : [`without the arguments ${hidden.join(", ")}`]),
    ...(held.length === 0 ? [] : [`without ${held.join(", ")} of the result`]),
  ];
}

function sheetsOf(policies: CompiledPolicies): readonly PolicySheet[] {
  return policies.inside().policies.map((policy) => {
    const { id, effect, reason, text } = policy;
    return { id, effect, reason, demands: demandsOf(policy), text };
  });
}

function differencesFrom(
  engine: PolicyEngine,
  before: PolicyFiles | undefined,
  after: CompiledPolicies,
): { readonly differences?: readonly PolicyDifference[] } {
  if (before === undefined) return {};
  const outcome = compilePolicies(engine, before);
  return outcome.kind === "rejected" ? {} : { differences: diffPolicies(outcome.policies, after) };
}

function readTests(files: readonly CandidateFile[]): {
  readonly tests: readonly PolicyTests[];
  readonly testProblems: readonly string[];
} {
  const testProblems: string[] = [];
  const tests = files.flatMap(({ name, text }) => {
    try {
      return [parsePolicyTests(readYaml(text, name), name)];
    } catch (error) {
      if (!isNarrowgateError(error)) throw error;
      testProblems.push(error.publicMessage);
      return [];
    }
  });
  return { tests, testProblems };
}

/** A check, and the analysis that may follow: it takes longer, so it is asked for by itself. */
export interface Checked {
  readonly check: PolicyCheck;
  /** Absent for policies that do not compile. */
  readonly analyse?: () => Analysis;
}

/** Compiles policies, compares them, runs their tests. Trust: everything in the order may be anybody's. */
export function checkCandidate(engine: PolicyEngine, order: CheckOrder): Checked {
  const { bundle, before, tests: files, surroundings } = order;
  const outcome = compilePolicies(engine, bundle);
  if (outcome.kind === "rejected") return { check: { state: "rejected", problems: outcome.problems } };
  const { policies, warnings } = outcome;
  const world = worldFromRegistry(surroundings);
  const { tests, testProblems } = readTests(files);
  return {
    check: {
      state: "compiled",
      digest: policies.digest,
      policies: sheetsOf(policies),
      warnings,
      ...differencesFrom(engine, before, policies),
      isSchemaOther: before !== undefined && before.schema !== bundle.schema,
      report: runPolicyTests(policies, tests, world),
      testProblems,
    },
    analyse: () => analysePolicies(policies, { world, reaches: ceilingReach(surroundings) }),
  };
}
