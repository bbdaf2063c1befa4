/** Turns what a step left behind into counts. A step that failed counts at least one failure, whatever it says. */
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const closingLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/**
 * @param {{code: number, output: string}} result - how the step ended
 * @param {string | undefined} reportFile - vitest's JSON report, for a vitest step
 * @param {string} root - report paths are shown relative to it
 * @returns {{passed: number, failed: number, skipped: string[]}} `skipped` holds a line for each skipped case
 */
export function countStep(result, reportFile, root) {
  const count = reportFile === undefined ? countPlain(result) : countVitest(reportFile, root);
  return result.code === 0 ? count : { ...count, failed: Math.max(1, count.failed) };
}

function countPlain({ code, output }) {
  const match = closingLine.exec(output.trimEnd().split("\n").at(-1) ?? "");
  if (match === null) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
  const skipped = Array.from(
    { length: Number(match[3] ?? 0) },
    (_, index) => `case ${index + 1} (its own report says why)`,
  );
  return { passed: Number(match[1]), failed: Number(match[2]), skipped };
}

function countVitest(reportFile, root) {
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: [] };
  const report = JSON.parse(readFileSync(reportFile, "utf8"));
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => !["passed", "failed"].includes(test.status))
      .map((test) => `${relative(root, file.name)}: ${test.fullName.trim()}`),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped };
}
