import { ERROR_CATALOGUE } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { renderErrorReference } from "../../tools/error-reference.ts";
import { undocumentedCodes, unusedCodes } from "./error-catalogue.ts";
import { isProductSource, repositoryFiles } from "./source-tree.ts";

const files = repositoryFiles();
const codes = Object.keys(ERROR_CATALOGUE);

describe("the error catalogue", () => {
  test("has no row that nothing returns", () => {
    const catalogue = "packages/contracts/src/errors/";
    const sources = files.filter(({ path }) => isProductSource(path) && !path.startsWith(catalogue));
    expect(unusedCodes(codes, sources)).toEqual([]);
  });

  test("is what docs/reference/errors.md says (npm run docs writes it)", () => {
    const page = files.find(({ path }) => path === "docs/reference/errors.md")?.text ?? "";
    expect(undocumentedCodes(codes, page)).toEqual([]);
    expect(page).toBe(renderErrorReference(ERROR_CATALOGUE));
  });

  test("gives every row a sentence that says what to do, and numbers a client can use", () => {
    for (const [code, row] of Object.entries(ERROR_CATALOGUE)) {
      expect(code).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(row.sentence, code).toMatch(/^[A-Z].*\.$/);
      // A denied tool call is a tool result, and so travels in a successful HTTP answer.
      expect(row.http === 200 || row.http >= 400, code).toBe(true);
      expect(row.exit, code).toBeGreaterThan(0);
      expect(row.exit, code).toBeLessThan(126);
    }
  });
});

describe("the rule notices", () => {
  test("a code that is only named in passing", () => {
    const sources = [{ path: "a.ts", text: 'refuse("used_code"); // unused_code, "used_code_too"' }];
    expect(unusedCodes(["used_code", "unused_code"], sources)).toEqual(["unused_code"]);
  });

  test("a code that the page leaves out", () => {
    expect(undocumentedCodes(["a_code", "b_code"], "| `a_code` | b_code |")).toEqual(["b_code"]);
  });
});
