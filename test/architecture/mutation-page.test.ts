import { describe, expect, test } from "vitest";
import {
  compareSurvivors,
  formatSurvivor,
  type ListedSurvivor,
  parseSurvivors,
  staleSurvivors,
} from "../../tools/mutation/survivor-list.ts";
import { repositoryFiles } from "./source-tree.ts";

const texts = new Map(repositoryFiles().map(({ path, text }) => [path, text]));

describe("the page on mutation testing", () => {
  test("lists only survivors whose code is still there, each with a reason", () => {
    const listed = parseSurvivors(texts.get("docs/quality/mutation.md") ?? "");
    expect(listed.length).toBeGreaterThan(0);
    expect(staleSurvivors(listed, (path) => texts.get(path))).toEqual([]);
  });

  test("lists no survivor twice", () => {
    const entries = parseSurvivors(texts.get("docs/quality/mutation.md") ?? "").map(formatSurvivor);
    expect(entries.filter((entry, index) => entries.indexOf(entry) !== index)).toEqual([]);
  });
});

describe("a listed survivor", () => {
  const survivor: ListedSurvivor = {
    file: "packages/x/src/a.ts",
    line: "if (a < b) return `x`;",
    original: "a < b",
    replacement: "a <= b",
    reason: "Both are equal there.",
  };

  test("is read back as it is written, with backticks in its code", () => {
    const page = `# Page\n\n${formatSurvivor(survivor).replace("REASON", survivor.reason)}\n- other item\n`;
    expect(parseSurvivors(page)).toEqual([survivor]);
    const emptied = { ...survivor, replacement: "" };
    expect(parseSurvivors(formatSurvivor(emptied))).toEqual([{ ...emptied, reason: "REASON" }]);
  });

  test("is a mistake when it is cut short", () => {
    expect(() => parseSurvivors("- `packages/x/src/a.ts`: `if (a)`")).toThrow("line 1 of the page");
  });

  test("is stale when its file, its line, its code or its reason is missing", () => {
    const source = "x();\n  if (a < b) return `x`;\n";
    const stale = (text: string | undefined, change: Partial<ListedSurvivor> = {}) =>
      staleSurvivors([{ ...survivor, ...change }], () => text);
    expect(stale(source)).toEqual([]);
    expect(stale(undefined)).toEqual([expect.stringContaining("is not there")]);
    expect(stale("if (a <= b) return `x`;\n")).toEqual([expect.stringContaining("has no line")]);
    expect(stale(source, { original: "a > b" })).toEqual([expect.stringContaining("does not hold")]);
    expect(stale(source, { reason: "REASON" })).toEqual([expect.stringContaining("has no reason")]);
  });

  test("covers what the run finds, and nothing beside it", () => {
    const other = { ...survivor, replacement: "true" };
    expect(compareSurvivors([survivor, other], [survivor])).toEqual({ unlisted: [other], gone: [] });
    expect(compareSurvivors([], [survivor])).toEqual({ unlisted: [], gone: [survivor] });
  });
});
