import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const folder = new URL("../../docs/spec/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

const rules = readdirSync(folder)
  .filter((name) => name.endsWith(".md") && name !== "conformance.md")
  .flatMap((name) => [...read(name).matchAll(/^- \*\*([A-Z]-\d+)\*\*/gm)].map(([, rule = ""]) => rule))
  .sort();

const page = read("conformance.md");
const rows = page
  .split("\n")
  .filter((line) => /^\| [A-Z]-\d+ \|/.test(line))
  .map((line) => {
    const [, rule = "", vectors = "", tests = "", second = ""] = line.split("|").map((cell) => cell.trim());
    return { rule, vectors, tests, second };
  });

describe("the page on conformance", () => {
  test("has one row for each numbered rule of the specification, and no other", () => {
    expect(rules.length).toBeGreaterThan(50);
    expect(rows.map(({ rule }) => rule).sort()).toEqual(rules);
  });

  test("names only files that are there", () => {
    const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(rules.length);
    expect(links.filter((link) => !existsSync(new URL(link, folder)))).toEqual([]);
  });

  test("counts its rows, and owns up to what nothing shows", () => {
    const held = rows.filter(({ second }) => second !== "—").length;
    const bare = rows.filter(({ vectors, tests }) => vectors === "—" && tests === "—");
    const shown = bare.map(({ rule }) => rule).join(", ") || "none";
    expect(page).toContain(`${rows.length} rules; ${held} of them in the independent checker.`);
    expect(page).toContain(`shown by nothing yet: ${shown}.`);
  });
});
