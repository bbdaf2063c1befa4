import { readFileSync } from "node:fs";
import { isNarrowgateError, type JsonObject, type JsonValue, sha256 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { formatAccessTokenClaims, parseAccessTokenClaims, parseAccessTokenHeader } from "./access-token.ts";
import { parseCompactJws } from "./compact-jws.ts";
import { parseDpopProof } from "./dpop-proof.ts";
import { parseOperatorJws } from "./operator-request.ts";
import { jwkThumbprint, parsePublicJwk } from "./public-jwk.ts";

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../test/vectors/token/${file}`, import.meta.url), "utf8"));
}

interface Named {
  readonly name: string;
}

const claims: {
  readonly accepted: readonly (Named & { readonly claims: JsonObject })[];
  readonly refused: readonly (Named & { readonly claims: JsonValue })[];
  readonly headers: { readonly accepted: readonly JsonObject[]; readonly refused: readonly JsonObject[] };
} = read("claims.json");

const dpop: {
  readonly accepted: readonly (Named & {
    readonly jws: string;
    readonly proof: JsonObject;
    readonly thumbprint: string;
  })[];
  readonly refused: readonly (Named & { readonly jws: string })[];
  readonly thumbprints: readonly (Named & { readonly jwk: JsonObject; readonly thumbprint: string })[];
} = read("dpop.json");

const requests: {
  readonly accepted: readonly (Named & { readonly jws: string })[];
  readonly refused: readonly (Named & { readonly jws: string })[];
} = read("operator-requests.json");

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isNarrowgateError(error) ? error.code : `not ours: ${error}`;
  }
  return "nothing thrown";
}

describe("access token claims", () => {
  test.each(claims.accepted)("are accepted and written back: $name", ({ claims: sent }) => {
    expect(formatAccessTokenClaims(parseAccessTokenClaims(sent))).toEqual(sent);
  });

  test.each(claims.refused)("are refused: $name", ({ claims: sent }) => {
    expect(codeOf(() => parseAccessTokenClaims(sent))).toBe("malformed_input");
  });

  test("headers are exactly alg, typ and kid", () => {
    for (const header of claims.headers.accepted) expect(parseAccessTokenHeader(header)).toEqual(header);
    for (const header of claims.headers.refused) {
      expect(codeOf(() => parseAccessTokenHeader(header))).toBe("malformed_input");
    }
  });
});

describe("a possession proof", () => {
  test.each(dpop.accepted)("is read: $name", ({ jws, proof, thumbprint }) => {
    const { jwk, ...rest } = parseDpopProof(parseCompactJws(jws, { maxBytes: 8192 }));
    expect(rest).toEqual(proof);
    expect(jwkThumbprint(sha256, jwk)).toBe(thumbprint);
  });

  test.each(dpop.refused)("is refused: $name", ({ jws }) => {
    expect(codeOf(() => parseDpopProof(parseCompactJws(jws, { maxBytes: 8192 })))).toMatch(/^malformed_/);
  });

  test("is not looked at beyond the size the caller allows", () => {
    expect(codeOf(() => parseCompactJws(dpop.accepted[0]?.jws ?? "", { maxBytes: 100 }))).toBe(
      "malformed_input",
    );
  });
});

describe("an operator's request", () => {
  test.each(requests.accepted)("is read: $name", ({ jws }) => {
    expect(parseOperatorJws(jws).claims.path).toBe("/revocations");
  });

  test.each(requests.refused)("is refused: $name", ({ jws }) => {
    expect(codeOf(() => parseOperatorJws(jws))).toMatch(/^malformed_/);
  });
});

describe("a thumbprint", () => {
  test.each(dpop.thumbprints)("is that of $name", ({ jwk, thumbprint }) => {
    expect(jwkThumbprint(sha256, parsePublicJwk(jwk))).toBe(thumbprint);
  });
});
