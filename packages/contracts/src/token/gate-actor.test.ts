import { isNarrowgateError, randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { parseAccessTokenClaims } from "./access-token.ts";
import { gateActorId, isUpstreamToken } from "./gate-actor.ts";

const iss = "https://gate.test";
const gate = gateActorId(iss);
const agent = { iss, sub: "triage", sub_profile: "ai_agent" };
const claims = {
  iss,
  aud: "https://crm.test/mcp",
  sub: "https://idp.test#ada",
  sub_profile: "user",
  client_id: gate,
  scope: "crm:read",
  exp: 1_795_000_060,
  iat: 1_795_000_000,
  jti: randomId(),
  txn: `${randomId()}.${randomId()}`,
  act: { iss, sub: gate, sub_profile: "service", act: agent },
  cnf: { jkt: randomId(32) },
  authorization_details: [],
  ng: {
    v: 1,
    mandate: randomId(),
    instance: randomId(),
    basis: "signed_by_subject",
    assurance: "enrolled",
    env: "dev",
    epochs: [],
    reach: [`${iss}/mcp/crm`],
    parent: { jti: randomId(), hash: randomId(32) },
  },
} as const;

function codeOf(value: unknown): string | undefined {
  try {
    parseAccessTokenClaims(value);
    return undefined;
  } catch (error) {
    return isNarrowgateError(error) ? error.code : String(error);
  }
}

test("an upstream token is aimed beyond its reach, and reaches one server (T-6)", () => {
  expect(isUpstreamToken(claims)).toBe(true);
  expect(codeOf(claims)).toBeUndefined();
  for (const reach of [[], [`${iss}/mcp/a`, `${iss}/mcp/b`], ["https://crm.test/mcp"], [`${iss}/mcp/a/b`]]) {
    expect(codeOf({ ...claims, ng: { ...claims.ng, reach } })).toBe("malformed_input");
  }
});

test("an upstream token lives a minute at most, and is cut from another one (T-6)", () => {
  expect(codeOf({ ...claims, exp: claims.iat + 61 })).toBe("malformed_input");
  const { parent: _, ...orphan } = claims.ng;
  expect(codeOf({ ...claims, ng: orphan })).toBe("malformed_input");
});

test("nobody but the gate of the very issuer, presenting it itself, may be aimed beyond the reach (T-5)", () => {
  for (const other of [
    { act: agent },
    { act: { ...agent, act: claims.act } },
    { act: { ...claims.act, sub: "https://other.test/gate" } },
    { act: { ...claims.act, iss: "https://other.test" } },
    { client_id: "triage" },
    { iss: "https://other.test" },
  ]) {
    const forged = { ...claims, ...other };
    expect(isUpstreamToken(forged)).toBe(false);
    expect(codeOf(forged)).toBe("malformed_input");
  }
});
