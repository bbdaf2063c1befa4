import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import type { CaseResult, TestReport } from "@narrowgate/policy/testing";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";

function failedCase({ file, name, differences, reason }: CaseResult): readonly string[] {
  if (differences.length === 0) return [];
  return [
    cleanText(`failed: ${file}: ${name}`),
    ...differences.flatMap(({ what, expected, actual }) => [
      cleanText(`  - ${what}: ${canonicalJson(expected)}`),
      cleanText(`  + ${what}: ${canonicalJson(actual)}`),
    ]),
    cleanText(`    ${reason}`),
  ];
}

/** What a person reads of a test run: failures with their differences, counts, and what no case reached. */
export function testLines({ results, failed, coverage }: TestReport): readonly string[] {
  const idle = coverage.filter(({ determined }) => determined === 0).length;
  return [
    ...results.flatMap(failedCase),
    `${results.length} case(s), ${failed} failed`,
    "",
    ...formatTable(
      ["POLICY", "EVALUATED", "DETERMINED"],
      coverage.map(({ policy, evaluated, determined }) => [policy, String(evaluated), String(determined)]),
    ),
    idle === 0 ? "every policy determined some case" : `${idle} policies determined no case`,
    ...(results.length === 0
      ? ["no tests: write *.cedartest.yaml beside the policies, see docs/policies.md"]
      : []),
  ];
}

/** The same for programs. */
export function testJson({ results, failed, coverage }: TestReport): JsonObject {
  return {
    cases: results.length,
    failed,
    results: results.map(({ file, name, differences, reason }) => ({
      file,
      name,
      passed: differences.length === 0,
      differences: differences.map((difference) => ({ ...difference })),
      reason,
    })),
    coverage: coverage.map((row) => ({ ...row })),
  };
}
