import { formatAuthority } from "@narrowgate/authority";
import { randomId } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import {
  AUTHORITY,
  type Caller,
  enrolled,
  FILES,
  given,
  ISSUER,
  issued,
  NOW_S,
  parsed,
  type StepWorld,
  stepWorld,
} from "../../../test/sts/step-world.ts";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import { isRefusal } from "../outcome.ts";
import type { Source } from "../stages.ts";
import { loadMandate } from "./load-mandate.ts";
import { loadSubjectToken } from "./load-subject-token.ts";
import { TOKEN_TYPES } from "./parse-request.ts";

let world: StepWorld;
let agent: Caller;
beforeEach(() => {
  world = stepWorld();
  agent = enrolled(world, "a");
});

const root = (params: Record<string, string> = {}, caller = agent) =>
  loadMandate({ ...parsed(params), ...caller }, world.ports);
const exchange = (params: Record<string, string>) =>
  loadSubjectToken(
    { ...parsed({ subject_token_type: TOKEN_TYPES.accessToken, ...params }), ...agent },
    world.ports,
  );

function sourceOf(result: object): Source {
  if (isRefusal(result) || !("source" in result)) throw new TypeError(JSON.stringify(result));
  return result.source as Source;
}

describe("a root token", () => {
  it("is cut from the mandate it names: its authority, its end, its person, and the agent as actor", () => {
    const mandate = given(world, "a");
    const source = sourceOf(root({ mandate: mandate.id }));
    expect(formatAuthority(source.authority)).toMatchObject(AUTHORITY);
    expect(source).toMatchObject({
      mode: "root",
      mandate,
      chain: [{ iss: ISSUER, sub: "a", subProfile: "ai_agent" }],
      subject: { sub: mandate.document.subject, profile: "user" },
      expires: mandate.document.expires,
      epochs: [
        ["all:all", 0],
        [`mandate:${mandate.id}`, 0],
        [`subject:${mandate.subjectRef}`, 0],
      ],
    });
    expect(source.parentChain).toBeUndefined();
    expect(source).not.toHaveProperty("opening");
  });

  it("names no actor when the agent acts for itself", () => {
    const mandate = given(world, "a", {}, { subject: "agent:a" });
    const source = sourceOf(root({ mandate: mandate.id }));
    expect(source.chain).toBeUndefined();
    expect(source.subject).toEqual({ sub: "a", profile: "ai_agent" });
  });

  it("opens a mandate of the agent on its own behalf when it names none, and does not admit it yet", () => {
    const source = sourceOf(root());
    expect(source.mandate.document).toMatchObject({ agent: "a", subject: "agent:a", authority: AUTHORITY });
    expect(source.opening?.draft.type).toBe("mandate");
    expect(world.asked.map(({ port }) => port)).toEqual(["openAutonomous"]);
  });

  it("is refused for a mandate that is unknown, closed, another's, or revoked", () => {
    expect(root({ mandate: randomId() })).toMatchObject({ code: "mandate_unknown" });
    expect(root({ mandate: given(world, "a", { state: "closed" }).id })).toMatchObject({
      code: "mandate_closed",
    });
    expect(root({ mandate: given(world, "b").id })).toMatchObject({ code: "actor_unauthorized" });
    const revoked = given(world, "a");
    world.epochs.set(`mandate:${revoked.id}`, 1);
    expect(root({ mandate: revoked.id })).toMatchObject({ code: "revoked" });
  });

  it("for an agent of the highest tier needs a mandate its subject signed", () => {
    const risky = enrolled(world, "r", { tier: "T3" });
    expect(root({}, risky)).toMatchObject({ code: "subject_unproven" });
    for (const basis of ["operator", "asserted_by_agent"] as const)
      expect(root({ mandate: given(world, "r", { basis }).id }, risky)).toMatchObject({
        code: "subject_unproven",
      });
    const signed = given(world, "r", { basis: "signed_by_subject" });
    expect(sourceOf(root({ mandate: signed.id }, risky)).mandate).toBe(signed);
    expect(world.asked).toEqual([]);
  });
});

describe("an exchange", () => {
  it("goes on from what the subject token says, and from nothing wider", async () => {
    const mandate = given(world, "a");
    const claims = issued(world, mandate, agent);
    const source = sourceOf(await exchange({ subject_token: claims.jti }));
    expect(formatAuthority(source.authority)).toEqual({
      scope: ["files:read"],
      resource: [FILES],
      authorization_details: claims.authorization_details,
    });
    const chain = [{ iss: ISSUER, sub: "a", subProfile: "ai_agent" }];
    expect(source).toMatchObject({
      mode: "continuation",
      mandate,
      chain,
      parentChain: chain,
      subject: { sub: claims.sub, profile: "user" },
      expires: claims.exp,
      epochs: claims.ng.epochs,
      parent: { claims, digest: sha256Base64url(claims.jti), jws: claims.jti },
    });
  });

  it("of an autonomous agent's token has no chain yet", async () => {
    const { act: _, ...direct } = issued(world, given(world, "a"), agent);
    world.tokens.set("direct", direct);
    expect(sourceOf(await exchange({ subject_token: "direct" })).chain).toBeUndefined();
  });

  it("is refused without a subject token, and with one of another type", async () => {
    const claims = issued(world, given(world, "a"), agent);
    expect(await exchange({})).toMatchObject({ code: "invalid_request" });
    expect(await exchange({ subject_token: claims.jti, subject_token_type: TOKEN_TYPES.jwt })).toMatchObject({
      code: "invalid_request",
    });
  });

  it("is refused for a token that does not verify, that was revoked, or whose mandate is not open", async () => {
    expect(await exchange({ subject_token: "unknown" })).toMatchObject({
      code: "invalid_grant",
      detail: "unknown signature",
    });
    const mandate = given(world, "a");
    const claims = issued(world, mandate, agent, { exp: NOW_S + 10 });
    world.mandates.set(mandate.id, { ...mandate, state: "closed" });
    expect(await exchange({ subject_token: claims.jti })).toMatchObject({ code: "mandate_closed" });
    world.epochs.set(`mandate:${mandate.id}`, 1);
    expect(await exchange({ subject_token: claims.jti })).toMatchObject({ code: "revoked" });
  });
});
