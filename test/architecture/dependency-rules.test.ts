import { describe, expect, test } from "vitest";
import { licenceViolations, manifestViolations } from "./dependency-rules.ts";
import { repositoryFiles } from "./source-tree.ts";

const files = repositoryFiles();
const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? "";

describe("dependencies", () => {
  test("each has an exact version and a line that says why it is here", () => {
    const manifests = files.filter(({ path }) => /^(?:[^/]+\/){0,2}package\.json$/.test(path));
    expect(manifests.length).toBeGreaterThan(10);
    const table = textOf("docs/adr/dependencies.md");
    expect(manifests.flatMap((manifest) => manifestViolations(manifest, table))).toEqual([]);
  });

  test("what ships is under a permissive licence", () => {
    const path = "package-lock.json";
    expect(licenceViolations({ path, text: textOf(path) })).toEqual([]);
  });
});

describe("the rule notices", () => {
  test("a dependency without a line, and a version that may move", () => {
    const text = JSON.stringify({
      dependencies: { a: "1.2.3", b: "1.2.3", "@narrowgate/kernel": "0.1.0" },
      devDependencies: { c: "^1.2.3" },
    });
    expect(manifestViolations({ path: "package.json", text }, "| `a` | |")).toEqual([
      expect.stringContaining("b has no line"),
      expect.stringContaining("c ^1.2.3"),
    ]);
  });

  test("a copyleft package that ships, and no other", () => {
    const packages = {
      "node_modules/a": { license: "GPL-3.0-only" },
      "node_modules/b": { license: "(MIT OR GPL-3.0-or-later)" },
      "node_modules/c": { license: "MPL-2.0", dev: true },
      "node_modules/d": { license: "MIT AND MPL-2.0" },
    };
    const found = licenceViolations({ path: "lock", text: JSON.stringify({ packages }) });
    expect(found).toEqual([
      "lock: node_modules/a ships under GPL-3.0-only",
      "lock: node_modules/d ships under MIT AND MPL-2.0",
    ]);
  });
});
