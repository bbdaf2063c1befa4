import { describe, expect, test } from "vitest";
import { oneLine, type ReportFile, resultOf, textBetween } from "../../tools/mutation/results.ts";
import { replaceRow, scoreRow } from "../../tools/mutation/scores-table.ts";

const source = "function f(a) {\n  if (a < 1 &&\n      a > 0) return;\n}\n";
const at = (line: number, column: number) => ({ line, column });
const mutant = (status: ReportFile["mutants"][number]["status"], replacement = "true") => ({
  status,
  replacement,
  location: { start: at(2, 7), end: at(3, 12) },
});

describe("a report of the mutation tester", () => {
  test("gives survivors with the code they change, on one line each", () => {
    const file: ReportFile = {
      source,
      mutants: [mutant("Killed"), mutant("Survived"), mutant("NoCoverage", "")],
    };
    const { survivors, files } = resultOf("room", [{ "packages/a.ts": file }, {}]);
    const survivor = {
      file: "packages/a.ts",
      line: "if (a < 1 &&",
      original: "a < 1 && a > 0",
      lineNumber: 2,
    };
    expect(files).toEqual(["packages/a.ts"]);
    expect(survivors).toEqual([
      { ...survivor, replacement: "true", covered: true },
      { ...survivor, replacement: "", covered: false },
    ]);
  });

  test("is cut into text by positions that count from one, within a line too", () => {
    const lines = source.split("\n");
    expect(textBetween(lines, at(2, 3), at(2, 5))).toBe("if");
    expect(textBetween(lines, at(1, 1), at(5, 1))).toBe(source);
    expect(oneLine("x ".repeat(100))).toHaveLength(90);
  });

  test("counts what was caught of all that compiles", () => {
    const statuses = [
      "Killed",
      "Killed",
      "Timeout",
      "Survived",
      "NoCoverage",
      "CompileError",
      "Ignored",
    ] as const;
    const mutants = statuses.map((status) => mutant(status));
    const result = resultOf("room", [{ "packages/a.ts": { source, mutants } }]);
    expect(scoreRow(result, 2.6, "2026-01-31")).toBe(
      "| room | 5 | 2 | 1 | 1 | 1 | 60.0 % | 3 | 2026-01-31 |",
    );
  });
});

describe("the table of scores", () => {
  const page = (rows: string) =>
    `# Page\n\n<!-- scores: written by \`npm run mutation\` -->\n${rows}<!-- end of scores -->\n\nrest\n`;

  test("has one row for each room, and all else on the page stays", () => {
    const once = replaceRow(page("| head |\n"), "a", "| a | 1 |");
    expect(once).toBe(page("| head |\n| a | 1 |\n"));
    expect(replaceRow(replaceRow(once, "b", "| b | 2 |"), "a", "| a | 3 |")).toBe(
      page("| head |\n| a | 3 |\n| b | 2 |\n"),
    );
    expect(() => replaceRow("# Page\n", "a", "| a |")).toThrow("generated part");
  });
});
