import { NarrowgateError } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { asAuthorityInput, refuseMalformed } from "./malformed.ts";
import { parseAuthority, parseAuthorizationDetails } from "./parse-authority.ts";

describe("a refusal of input", () => {
  it("begins with the place it is about, in words where that is the whole document", () => {
    expect(() => refuseMalformed("/scope", "is odd")).toThrow("/scope: is odd");
    expect(() => refuseMalformed("", "is odd")).toThrow(/: the document: is odd$/);
    expect(() => parseAuthority(null)).toThrow(expect.objectContaining({ code: "malformed_authority" }));
    expect(() => parseAuthorizationDetails({})).toThrow(
      expect.objectContaining({ code: "malformed_authority" }),
    );
  });

  it("has one code, whichever reader refused, and a fault of ours keeps its own", () => {
    const codeOf = (error: Error): unknown => {
      try {
        return asAuthorityInput(() => {
          throw error;
        });
      } catch (caught) {
        return caught instanceof NarrowgateError ? caught.code : caught;
      }
    };
    expect(codeOf(new NarrowgateError("malformed_input", "x"))).toBe("malformed_authority");
    expect(codeOf(new NarrowgateError("internal_error", "x"))).toBe("internal_error");
    const fault = new RangeError("a fault");
    expect(codeOf(fault)).toBe(fault);
  });
});
