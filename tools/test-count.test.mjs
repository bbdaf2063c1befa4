import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { countStep } from "./test-count.mjs";

const directory = mkdtempSync(join(tmpdir(), "narrowgate-count-"));
afterAll(() => rmSync(directory, { recursive: true }));

function report(content) {
  const file = join(directory, "report.json");
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe("counting a plain step", () => {
  test.each([
    ["success is one passed", { code: 0, output: "done\n" }, { passed: 1, failed: 0, skipped: [] }],
    ["failure is one failed", { code: 2, output: "" }, { passed: 0, failed: 1, skipped: [] }],
    [
      "its closing line is taken",
      { code: 0, output: "x\n7 passed, 0 failed\n" },
      { passed: 7, failed: 0, skipped: [] },
    ],
    [
      "a failing exit is a failure, whatever the closing line says",
      { code: 1, output: "7 passed, 0 failed\n" },
      { passed: 7, failed: 1, skipped: [] },
    ],
  ])("%s", (_, result, expected) => {
    expect(countStep(result, undefined, directory)).toEqual(expected);
  });

  test("skipped cases are told apart", () => {
    expect(
      countStep({ code: 0, output: "1 passed, 0 failed, 2 skipped" }, undefined, directory).skipped,
    ).toHaveLength(2);
  });
});

describe("counting a vitest step", () => {
  test("takes the report's figures and names what was skipped", () => {
    const file = report({
      numPassedTests: 3,
      numFailedTests: 0,
      testResults: [
        { name: join(directory, "a.test.ts"), assertionResults: [{ status: "skipped", fullName: " waits" }] },
      ],
    });
    const expected = { passed: 3, failed: 0, skipped: ["a.test.ts: waits"] };
    expect(countStep({ code: 0, output: "" }, file, directory)).toEqual(expected);
  });

  test("a file that did not load is a failure although no case failed", () => {
    const file = report({ numPassedTests: 3, numFailedTests: 0, testResults: [] });
    expect(countStep({ code: 1, output: "" }, file, directory)).toMatchObject({ passed: 3, failed: 1 });
  });

  test("no report at all is a failure, even with a good exit", () => {
    const counted = countStep({ code: 0, output: "" }, join(directory, "none.json"), directory);
    expect(counted).toMatchObject({ passed: 0, failed: 1 });
  });
});
