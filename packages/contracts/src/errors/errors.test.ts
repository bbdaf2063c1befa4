import { describe, expect, test } from "vitest";
import { ERROR_CATALOGUE, ERROR_CODES } from "./catalogue.ts";
import { errorRow, isErrorCode, jsonRpcErrorBody, oauthErrorBody } from "./lookup.ts";

describe("the error catalogue", () => {
  test("has rows that protocols can carry", () => {
    for (const code of ERROR_CODES) {
      const row = ERROR_CATALOGUE[code];
      expect(row.http === 200 || (row.http >= 400 && row.http < 600)).toBe(true);
      expect(row.exit).toBeGreaterThan(0);
      expect(row.jsonrpc).toBeLessThan(0);
      expect(row.sentence).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("knows its own codes and nothing that an object happens to have", () => {
    expect(isErrorCode("revoked")).toBe(true);
    for (const other of ["toString", "__proto__", "constructor", "", 3, null])
      expect(isErrorCode(other)).toBe(false);
    expect(errorRow("toString")).toBe(ERROR_CATALOGUE.internal_error);
  });

  test("gives OAuth bodies that hold only the characters RFC 6749 allows", () => {
    const body = oauthErrorBody("invalid_scope", 'a "quoted"\n\\ über');
    expect(body.error).toBe("invalid_scope");
    expect(body.narrowgate_code).toBe("invalid_scope");
    expect(body.error_description).toBe("a 'quoted'?? ?ber");
  });

  test("gives the catalogue's sentence when nothing better is known", () => {
    expect(oauthErrorBody("revoked").error_description).toBe(ERROR_CATALOGUE.revoked.sentence);
    expect(jsonRpcErrorBody("overloaded")).toEqual({
      code: -32603,
      message: ERROR_CATALOGUE.overloaded.sentence,
      data: { code: "overloaded", retryable: true },
    });
  });
});
