import { canonicalJson, isNarrowgateError } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wireAuthority } from "../test/wire-arbitraries.ts";
import { earliestExpiry } from "./expiry.ts";
import { formatAuthority, formatAuthorizationDetails } from "./format-authority.ts";
import { isEmpty } from "./normalise.ts";
import { parseAuthority, parseAuthorizationDetails, parseRequestedAuthority } from "./parse-authority.ts";

const nothing = { scope: [], resource: [], authorization_details: [] };

function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (isNarrowgateError(error)) return `${error.code} ${error.publicMessage}`;
    throw error;
  }
  return "accepted";
}

describe("parseAuthority", () => {
  it("refuses every value that is no authority with one code, and throws nothing else", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(refusalOf(() => parseAuthority(value))).toMatch(/^malformed_authority /);
      }),
    );
  });

  it("refuses an unknown member wherever it is put", () => {
    fc.assert(
      fc.property(wireAuthority, (sent) => {
        const details = Array.isArray(sent.authorization_details) ? sent.authorization_details : [];
        const spoilt = [
          { ...sent, extra: 1 },
          ...details.map((_, at) => ({
            ...sent,
            authorization_details: details.map((d, i) => (i === at ? { ...Object(d), extra: 1 } : d)),
          })),
        ];
        for (const value of spoilt) {
          expect(refusalOf(() => parseAuthority(value))).toMatch(/\/extra: is not a known member$/);
        }
      }),
    );
  });

  it("says where the fault is, and does not repeat what was sent", () => {
    const sent = {
      ...nothing,
      authorization_details: [
        { type: "mcp_tool", server: "s", tools: ["t"], constraints: { "/a/b": { prefix: "/x/../secret" } } },
      ],
    };
    expect(refusalOf(() => parseAuthority(sent))).toBe(
      "malformed_authority /authorization_details/0/constraints/~1a~1b/prefix: must be plain text: " +
        "no dot segments, escapes or hidden characters",
    );
  });

  it("refuses a member that is inherited", () => {
    expect(refusalOf(() => parseAuthority(Object.create(nothing)))).toMatch(/^malformed_authority \/scope/);
  });
});

describe("parseAuthorizationDetails", () => {
  it("gives the details an authority would have", () => {
    fc.assert(
      fc.property(wireAuthority, (sent) => {
        const details = parseAuthorizationDetails(sent.authorization_details);
        expect(canonicalJson(formatAuthorizationDetails(details))).toBe(
          canonicalJson(formatAuthority(parseAuthority(sent)).authorization_details),
        );
      }),
    );
  });

  it("points from the array on", () => {
    expect(refusalOf(() => parseAuthorizationDetails([{ type: "x" }]))).toMatch(
      /^malformed_authority \/0\/type: /,
    );
    expect(refusalOf(() => parseAuthorizationDetails({}))).toMatch(/^malformed_authority the document: /);
  });
});

describe("parseRequestedAuthority", () => {
  it("tells a part that is not asked for from one that is asked for and empty", () => {
    expect(parseRequestedAuthority({})).toEqual({});
    expect(parseRequestedAuthority({ scope: [] })).toEqual({ scope: [] });
    expect(parseRequestedAuthority(nothing)).toEqual({ scope: [], resource: [], details: [] });
  });

  it("refuses what an authority refuses", () => {
    expect(refusalOf(() => parseRequestedAuthority({ scopes: [] }))).toMatch(
      /^malformed_authority \/scopes: /,
    );
  });
});

describe("isEmpty", () => {
  it("holds for nothing at all, and only then", () => {
    expect(isEmpty(parseAuthority(nothing))).toBe(true);
    expect(isEmpty(parseAuthority({ ...nothing, scope: ["a"] }))).toBe(false);
    expect(isEmpty(parseAuthority({ ...nothing, resource: ["https://a.example/"] }))).toBe(false);
  });
});

describe("earliestExpiry", () => {
  it("is the first of all, and never when nothing is ever over", () => {
    const detail = { type: "mcp_tool", server: "s", tools: ["t"] };
    const over = (...times: number[]) =>
      parseAuthority({
        ...nothing,
        authorization_details: [
          { ...detail, depth: 0 },
          ...times.map((expires, i) => ({ ...detail, server: `s${i}`, expires })),
        ],
      });
    expect(earliestExpiry(over(20, 10, 30))).toBe(10);
    expect(earliestExpiry(over())).toBe(Number.POSITIVE_INFINITY);
    expect(earliestExpiry(parseAuthority(nothing))).toBe(Number.POSITIVE_INFINITY);
  });
});
