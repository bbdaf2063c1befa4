import { describe, expect, test } from "vitest";
import { importCircle, importGraph } from "./import-circles.ts";
import { repositoryFiles } from "./source-tree.ts";

test("no file stands in a circle of imports", () => {
  const graph = importGraph(repositoryFiles());
  const imports = [...graph].flatMap(([, targets]) => targets);
  expect(imports).toContain("packages/kernel/src/index.ts");
  expect(imports).toContain("packages/server/src/admin/ports.ts");
  expect(importCircle(graph)).toEqual([]);
});

const source = (path: string, ...imports: string[]) => ({ path, text: imports.join("\n") });
const manifest = {
  path: "packages/policy/package.json",
  text: JSON.stringify({
    name: "@narrowgate/policy",
    exports: {
      ".": { "@narrowgate/source": "./src/index.ts" },
      "./testing": { "@narrowgate/source": "./src/testing/index.ts" },
    },
  }),
};

describe("the rule notices", () => {
  test.each([
    ["two files that import each other", 'import { a } from "./a.ts";'],
    ["a type alone", 'import type { A } from "./a.ts";'],
    ["a type that is named in place", 'export type A = import("./a.ts").A;'],
    ["what is exported again", 'export * from "./a.ts";'],
    ["what is imported late", 'await import("./a.ts");'],
  ])("%s", (_, back) => {
    const graph = importGraph([source("b.ts", back), source("a.ts", 'import { b } from "./b.ts";')]);
    expect([...importCircle(graph)].sort()).toEqual(["a.ts", "b.ts"]);
  });

  test("a file that imports itself", () => {
    expect(importCircle(new Map([["a.ts", ["a.ts"]]]))).toEqual(["a.ts"]);
  });

  test("a circle over the public faces of workspaces", () => {
    const files = [
      manifest,
      source("packages/policy/src/testing/index.ts", 'import "../parse.ts";'),
      source("packages/policy/src/parse.ts", 'import "@narrowgate/policy/testing";'),
      source("packages/policy/src/index.ts", 'import "./parse.ts";'),
    ];
    expect([...importCircle(importGraph(files))].sort()).toEqual([
      "packages/policy/src/parse.ts",
      "packages/policy/src/testing/index.ts",
    ]);
  });

  test("the circle alone, of all that leads to it and away from it", () => {
    const graph = new Map([
      ["entry", ["one", "leaf"]],
      ["one", ["two", "leaf"]],
      ["two", ["three"]],
      ["three", ["leaf", "one"]],
      ["leaf", []],
    ]);
    expect(importCircle(graph)).toEqual(["one", "two", "three"]);
  });
});

test("files that share what they import stand in no circle", () => {
  const graph = new Map([
    ["entry", ["one", "two"]],
    ["one", ["leaf"]],
    ["two", ["one", "leaf", "node:path"]],
    ["leaf", []],
  ]);
  expect(importCircle(graph)).toEqual([]);
});
