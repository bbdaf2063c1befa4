import { describe, expect, test } from "vitest";
import { contentViolations, lengthViolations, nameViolations } from "./code-rules.ts";
import { isProductSource, repositoryFiles } from "./source-tree.ts";

const files = repositoryFiles();
const sources = files.filter(({ path }) => isProductSource(path));
const code = files.filter(({ path }) => /\.(?:tsx?|mjs|py|sh)$/.test(path));

describe("product code", () => {
  test("no file is longer than can be read at a sitting without saying why", () => {
    expect(code.flatMap(lengthViolations)).toEqual([]);
  });

  test("holds no any, no non-null assertion, no bare error and no note to do something later", () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.flatMap(contentViolations)).toEqual([]);
  });

  test("file names say what is inside", () => {
    expect(code.flatMap(({ path }) => nameViolations(path))).toEqual([]);
  });
});

describe("the rule notices", () => {
  test("a file over the limit, and takes a stated reason", () => {
    const text = "const x = 1;\n".repeat(401);
    expect(lengthViolations({ path: "a.ts", text })).toHaveLength(1);
    expect(lengthViolations({ path: "a.ts", text: `// LONG: one table, read top down\n${text}` })).toEqual(
      [],
    );
    expect(lengthViolations({ path: "a.ts", text: `// LONG:\n${text}` })).toHaveLength(1);
    expect(lengthViolations({ path: "a.ts", text: "const x = 1;\n".repeat(400) })).toEqual([]);
  });

  test.each([
    ["any", "const a: any = 1;"],
    ["any inside a type", "type A = Map<string, any[]>;"],
    ["a non-null assertion", "const a = b!;"],
    ["a bare error", "function f() { throw new Error(`no`); }"],
    ["a bare error without new", 'throw Error("no");'],
    ["a to-do", "const a = 1; // TODO: later"],
  ])("%s", (_, text) => {
    expect(contentViolations({ path: "a.ts", text })).toHaveLength(1);
  });

  test("nothing in code that only speaks of these things", () => {
    const text =
      'const any = "any! TODO throw new Error("; // it is not any! Any Error(\nthrow new NarrowgateError("x");';
    expect(contentViolations({ path: "a.ts", text })).toEqual([]);
  });

  test.each(["packages/server/src/utils/x.ts", "packages/cli/src/token-helper.ts", "tools/common.mjs"])(
    "the empty name in %s",
    (path) => {
      expect(nameViolations(path)).toHaveLength(1);
    },
  );

  test("no fault in names that only contain such a word", () => {
    expect(nameViolations("packages/kernel/src/base64url.ts")).toEqual([]);
    expect(nameViolations("packages/server/src/config/service-account.ts")).toEqual([]);
  });
});
