import { type ManualClock, manualClock, systemClock } from "@narrowgate/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type IssuerKey, newIssuerKey, signToken } from "../../../test/attestation/keys.ts";
import { agent, ISSUER, TestRegistry } from "../../../test/attestation/room.ts";
import { type IdentityProvider, startIdentityProvider } from "../../../test/attestation/sign-in.ts";
import { createSafeFetch } from "../../platform/fetch/index.ts";
import { createSubjectVerifier, type VerifySubject } from "./verify-subject.ts";

const fetcher = createSafeFetch({ allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: true });

describe("an ID token of an identity provider that is not ours", () => {
  let people: IdentityProvider;
  beforeAll(async () => {
    people = await startIdentityProvider();
  });
  afterAll(() => people.close());
  const verifier = (audiences: readonly string[]): VerifySubject =>
    createSubjectVerifier({
      issuer: ISSUER,
      clock: systemClock,
      fetcher,
      registry: new TestRegistry().trust(people.issuer, { uses: ["subject"], audiences }),
      takeOnce: () => true,
    });

  test("says who signed in, and over which nonce", async () => {
    const token = await people.signIn("alice", "digest-of-the-mandate");
    expect(await verifier([people.client])(token)).toEqual({
      kind: "subject",
      subject: `${people.issuer}#alice`,
      nonce: "digest-of-the-mandate",
    });
  });

  test("for a client that is not ours says nothing", async () => {
    const token = await people.signIn("alice", "n");
    const refused = { kind: "refused", code: "invalid_grant" };
    expect(await verifier(["another client"])(token)).toMatchObject(refused);
    expect(await verifier([])(token)).toMatchObject(refused);
  });
});

const PEOPLE = "https://people.example";
let key: IssuerKey;
let clock: ManualClock;
let registry: TestRegistry;
let used: Map<string, number>;
let verify: VerifySubject;

beforeAll(async () => {
  key = await newIssuerKey();
});
beforeEach(() => {
  clock = manualClock(1_795_000_000_000);
  registry = new TestRegistry()
    .trust(PEOPLE, { uses: ["subject"], audiences: ["console"], jwks: { keys: [key.publicJwk] } })
    .trust("https://ci.example", {
      uses: ["workload"],
      audiences: ["console"],
      jwks: { keys: [key.publicJwk] },
    })
    .put(agent("reader", []));
  used = new Map();
  verify = createSubjectVerifier({
    issuer: ISSUER,
    clock,
    fetcher,
    registry,
    takeOnce: (digest, untilMs) => !used.has(digest) && used.set(digest, untilMs) !== undefined,
  });
});

const nowS = () => clock.nowMs() / 1000;
const refused = { kind: "refused", code: "invalid_grant" };

describe("an ID token", () => {
  const idToken = (more: object = {}, header: object = {}) =>
    signToken(
      key,
      { iss: PEOPLE, aud: "console", sub: "alice", nonce: "n", iat: nowS(), exp: nowS() + 3600, ...more },
      { ...header },
    );

  test("may have no nonce", async () => {
    expect(await verify(await idToken({ nonce: undefined }))).toEqual({
      kind: "subject",
      subject: `${PEOPLE}#alice`,
      nonce: undefined,
    });
  });

  test("is taken for ten minutes after it was issued", async () => {
    const token = await idToken();
    clock.advance(600_000);
    expect(await verify(token)).toMatchObject({ kind: "subject" });
    clock.advance(31_000);
    expect(await verify(token)).toMatchObject(refused);
  });

  test.each([
    ["no iat", { iat: undefined }],
    ["an issue in the future", { iat: 1_795_000_100 }],
    ["an expiry in the past", { iat: 1_794_999_000, exp: 1_794_999_900 }],
    ["no subject", { sub: undefined }],
    ["an empty subject", { sub: "" }],
    ["a subject that is no text", { sub: 7 }],
    ["a long subject", { sub: "a".repeat(256) }],
    ["a nonce that is no text", { nonce: { a: 1 } }],
    ["a long nonce", { nonce: "a".repeat(257) }],
    ["our issuer as audience, which is for other tokens", { aud: ISSUER }],
    ["two audiences", { aud: ["console", "other"] }],
    ["an unknown issuer", { iss: "https://stranger.example" }],
    ["an issuer that vouches only for workloads", { iss: "https://ci.example" }],
    ["an issuer with a fragment", { iss: `${PEOPLE}#alice` }],
  ])("with %s is refused", async (_, more) => {
    expect(await verify(await idToken(more))).toMatchObject(refused);
  });

  test.each(["at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt"])("of type %s is none", async (typ) => {
    expect(await verify(await idToken({}, { typ }))).toMatchObject(refused);
  });

  test("of an issuer whose keys cannot be had may be tried again", async () => {
    registry.trust(PEOPLE, { uses: ["subject"], audiences: ["console"], jwksUri: "http://127.0.0.1:1/keys" });
    expect(await verify(await idToken())).toMatchObject({ kind: "refused", code: "fetch_failed" });
  });

  test.each(["", "garbage", "a.b.c"])("is not %j", async (text) => {
    expect(await verify(text)).toMatchObject(refused);
  });
});

describe("an assertion of our own issuer", () => {
  test("is refused, even where somebody registered us as an issuer of people", async () => {
    registry.trust(ISSUER, { uses: ["subject"], audiences: ["console"], jwks: { keys: [key.publicJwk] } });
    const claims = { iss: ISSUER, aud: "console", sub: "alice", nonce: "n", iat: nowS(), exp: nowS() + 60 };
    expect(await verify(await signToken(key, claims, {}))).toMatchObject({
      ...refused,
      description: expect.stringContaining("one of our own"),
    });
  });
});

describe("an ID-JAG", () => {
  let jti = 0;
  const idJag = (more: object = {}, typ = "oauth-id-jag+jwt") => {
    jti += 1;
    const claims = { iss: PEOPLE, aud: ISSUER, sub: "alice", client_id: "reader", jti: `j${jti}` };
    return signToken(key, { ...claims, iat: nowS(), exp: nowS() + 300, ...more }, { typ });
  };

  test("says who it is for, and to which agent it was issued", async () => {
    expect(await verify(await idJag())).toEqual({
      kind: "subject",
      subject: `${PEOPLE}#alice`,
      nonce: undefined,
      agent: "reader",
    });
  });

  test("is used once, and remembered until it has expired for everybody", async () => {
    const token = await idJag();
    expect(await verify(token)).toMatchObject({ kind: "subject" });
    expect(await verify(token)).toMatchObject(refused);
    expect([...used.values()]).toEqual([(nowS() + 360) * 1000]);
  });

  test("is not used up by one that is refused", async () => {
    const claims = { jti: "same" };
    expect(await verify(await idJag({ ...claims, client_id: "nobody" }))).toMatchObject(refused);
    expect(used.size).toBe(0);
    expect(await verify(await idJag(claims))).toMatchObject({ kind: "subject" });
  });

  test.each([
    ["another audience", { aud: "console" }],
    ["two audiences", { aud: [ISSUER, "console"] }],
    ["no agent", { client_id: undefined }],
    ["an unknown agent", { client_id: "nobody" }],
    ["no id", { jti: undefined }],
    ["a key it is bound to", { cnf: { jkt: "A".repeat(43) } }],
    ["a life of eleven minutes", { exp: 1_795_000_660 }],
    ["no issue time", { iat: undefined }],
    ["no subject", { sub: undefined }],
  ])("with %s is refused", async (_, more) => {
    expect(await verify(await idJag(more))).toMatchObject(refused);
    expect(used.size).toBe(0);
  });

  test("is no ID token, and an ID token is none", async () => {
    expect(await verify(await idJag({ aud: "console" }))).toMatchObject(refused);
    expect(await verify(await idJag({}, "JWT"))).toMatchObject(refused);
    expect(await verify(await idJag({}, "application/oauth-id-jag+jwt"))).toMatchObject({ kind: "subject" });
  });
});
