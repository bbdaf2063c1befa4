import { createHmac, createPublicKey, KeyObject, sign } from "node:crypto";
import type { WorkloadBinding } from "@narrowgate/contracts";
import { SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type IssuerServer, startIssuerServer } from "../../../test/attestation/issuer-server.ts";
import { type IssuerKey, newIssuerKey, newWorkloadKey, signToken } from "../../../test/attestation/keys.ts";
import { agent, ISSUER, newRoom, type TestRoom } from "../../../test/attestation/room.ts";
import { createSafeFetch } from "../../platform/fetch/index.ts";
import { MAX_ASSERTION_LENGTH } from "./verify-assertion.ts";

const OTHER = "https://other-issuer.example";
const ALIAS = "https://gate.alias.example";
let issuer: IssuerServer;
let attacker: IssuerServer;
let rsa: IssuerKey;
let ec: IssuerKey;
let other: IssuerKey;
let strange: IssuerKey;
let room: TestRoom;

beforeAll(async () => {
  [issuer, attacker] = await Promise.all([startIssuerServer(), startIssuerServer()]);
  [rsa, ec, other, strange] = await Promise.all([
    newIssuerKey("RS256"),
    newIssuerKey("ES256"),
    newIssuerKey("ES256"),
    newIssuerKey("ES256"),
  ]);
  issuer.publish("/keys", { keys: [rsa.publicJwk, ec.publicJwk] });
  attacker.publish("/keys", { keys: [strange.publicJwk] });
  room = await newRoom(createSafeFetch({ allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: true }));
  const rule: WorkloadBinding = { method: "oidc", issuer: issuer.url, claims: { team: "a" } };
  room.registry
    .trust(issuer.url, { jwksUri: `${issuer.url}/keys`, instanceClaims: ["job"], audiences: [ALIAS] })
    .trust(OTHER, { jwks: { keys: [other.publicJwk] } })
    .trust("https://people.example", { uses: ["subject"], jwks: { keys: [ec.publicJwk] } })
    .put(agent("reader", [rule]));
});
afterAll(async () => {
  await Promise.all([issuer.close(), attacker.close(), room.close()]);
});

let jkt: string;
let job = 0;
beforeEach(async () => {
  ({ jkt } = await newWorkloadKey());
  job += 1;
});

const nowS = () => Math.floor(room.clock.nowMs() / 1000);
const claims = (more: object = {}) => ({
  iss: issuer.url,
  aud: ISSUER,
  sub: "job",
  team: "a",
  job: `job-${job}`,
  iat: nowS(),
  exp: nowS() + 300,
  ...more,
});
const attest = (assertion: string) => room.attestation.attest({ assertion, jkt });
const encode = (value: object | string) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A token written by hand, so that header and payload can be anything. */
function signByHand(header: object | string, payload: object | string, key: IssuerKey): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const secret = { key: KeyObject.from(key.privateKey), dsaEncoding: "ieee-p1363" } as const;
  return `${input}.${sign("sha256", Buffer.from(input), secret).toString("base64url")}`;
}

describe("a good token", () => {
  test.each([
    ["RS256 and a key id", () => signToken(rsa, claims())],
    ["ES256 and a key id", () => signToken(ec, claims())],
    ["no key id, if one key fits", () => signToken(ec, claims(), { kid: undefined })],
    ["type JWT", () => signToken(ec, claims(), { typ: "JWT" })],
    ["a list of one audience", () => signToken(ec, claims({ aud: [ISSUER] }))],
    ["an alias the registry names", () => signToken(ec, claims({ aud: ALIAS }))],
    ["no iat", () => signToken(ec, claims({ iat: undefined }))],
    [
      "clocks that differ by half a minute",
      () => signToken(ec, claims({ iat: nowS() + 29, nbf: nowS() + 29 })),
    ],
    [
      "written by hand, as the bad ones below",
      async () => signByHand({ alg: "ES256", kid: ec.kid }, claims(), ec),
    ],
  ])("with %s is taken", async (_, make) => {
    expect(await attest(await make())).toMatchObject({ kind: "attested" });
  });

  test.each(["PS256", "EdDSA", "Ed25519"])("signed with %s is taken", async (alg) => {
    const key = await newIssuerKey(alg);
    room.registry.trust(`https://${alg.toLowerCase()}.example`, {
      jwks: { keys: [key.publicJwk] },
      instanceClaims: ["job"],
    });
    const url = `https://${alg.toLowerCase()}.example`;
    room.registry.put(agent(alg, [{ method: "oidc", issuer: url, claims: { team: "a" } }]));
    expect(await attest(await signToken(key, claims({ iss: url })))).toMatchObject({ kind: "attested" });
  });
});

describe("a bad token", () => {
  const pem = (key: IssuerKey) =>
    createPublicKey({ key: { ...key.publicJwk }, format: "jwk" }).export({ type: "spki", format: "pem" });
  const hmac = (secret: string | Buffer) => {
    const input = `${encode({ alg: "HS256", kid: rsa.kid })}.${encode(claims())}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const es = (header: object, more: object = {}) =>
    signByHand({ alg: "ES256", kid: ec.kid, ...header }, claims(more), ec);
  const byStranger = (header: object) =>
    signByHand({ alg: "ES256", kid: ec.kid, ...header }, claims(), strange);

  const table: readonly (readonly [string, () => string | Promise<string>, string])[] = [
    [
      "HS256 with the RSA public key as secret",
      () => hmac(pem(rsa)),
      "the algorithm is not accepted of this issuer",
    ],
    [
      "HS256 with the modulus as secret",
      () => hmac(rsa.publicJwk.n ?? ""),
      "the algorithm is not accepted of this issuer",
    ],
    [
      "no algorithm",
      () => `${encode({ alg: "none" })}.${encode(claims())}.`,
      "the algorithm is not accepted of this issuer",
    ],
    [
      "no algorithm, in capitals",
      () => `${encode({ alg: "NONE", kid: ec.kid })}.${encode(claims())}.`,
      "the algorithm is not accepted of this issuer",
    ],
    [
      "no algorithm and a signature",
      () => signByHand({ alg: "none", kid: ec.kid }, claims(), ec),
      "the algorithm is not accepted of this issuer",
    ],
    [
      "an algorithm that is no text",
      () => es({ alg: ["ES256"] }),
      "the algorithm is not accepted of this issuer",
    ],
    [
      "another algorithm than the key's",
      () => signByHand({ alg: "RS256", kid: ec.kid }, claims(), ec),
      "the issuer has no such key",
    ],
    [
      "PS256 with a key for RS256",
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: "PS256", kid: rsa.kid })
          .sign(KeyObject.from(rsa.privateKey)),
      "the issuer has no such key",
    ],
    ["an empty signature", () => `${es({}).split(".").slice(0, 2).join(".")}.`, "the signature is wrong"],
    [
      "a changed payload",
      () => {
        const [header, , signature] = es({}).split(".");
        return `${header}.${encode(claims({ job: "other" }))}.${signature}`;
      },
      "the signature is wrong",
    ],
    [
      "a key of its own in the header",
      () => byStranger({ jwk: strange.publicJwk, kid: strange.kid }),
      "the header may not hold `jwk`",
    ],
    [
      "a key of its own under our key id",
      () => byStranger({ jwk: strange.publicJwk }),
      "the header may not hold `jwk`",
    ],
    [
      "an address of keys in the header",
      () => byStranger({ jku: `${attacker.url}/keys`, kid: strange.kid }),
      "the header may not hold `jku`",
    ],
    [
      "a certificate address in the header",
      () => byStranger({ x5u: `${attacker.url}/keys` }),
      "the header may not hold `x5u`",
    ],
    ["a certificate in the header", () => byStranger({ x5c: ["AAAA"] }), "the header may not hold `x5c`"],
    [
      "a good signature beside a key in the header",
      () => es({ jwk: ec.publicJwk }),
      "the header may not hold `jwk`",
    ],
    [
      "a good signature beside an address of keys",
      () => es({ jku: `${issuer.url}/keys` }),
      "the header may not hold `jku`",
    ],
    ["an unknown critical header", () => es({ crit: ["exp"], exp: 1 }), "the header may not hold `crit`"],
    ["an unencoded payload", () => es({ crit: ["b64"], b64: false }), "the header may not hold `crit`"],
    ["a nested token", () => es({ cty: "JWT" }), "the header may not hold `cty`"],
    ["the type of an access token", () => es({ typ: "at+jwt" }), "it is a token of another type"],
    ["the type of a proof", () => es({ typ: "dpop+jwt" }), "it is a token of another type"],
    ["the type of an ID-JAG", () => es({ typ: "oauth-id-jag+jwt" }), "it is a token of another type"],
    ["a type that is no text", () => es({ typ: 1 }), "it is a token of another type"],
    ["a key id that is no text", () => es({ kid: 1 }), "the algorithm is not accepted of this issuer"],
    [
      "the key id of another issuer, and its signature",
      () => signToken(other, claims()),
      "the issuer has no such key",
    ],
    ["the name of another issuer", () => es({}, { iss: OTHER }), "the issuer has no such key"],
    ["an unknown key id", () => es({ kid: "unknown" }), "the issuer has no such key"],
    [
      "an issuer nobody trusts",
      () => es({}, { iss: "https://stranger.example" }),
      "its issuer is not trusted for this",
    ],
    [
      "an issuer that only vouches for people",
      () => es({}, { iss: "https://people.example" }),
      "its issuer is not trusted for this",
    ],
    [
      "an issuer with a slash more",
      () => es({}, { iss: `${issuer.url}/` }),
      "its issuer is not trusted for this",
    ],
    ["an issuer that is no text", () => es({}, { iss: [issuer.url] }), "its issuer is not trusted for this"],
    ["no issuer", () => es({}, { iss: undefined }), "its issuer is not trusted for this"],
    ["no audience", () => es({}, { aud: undefined }), "`aud` must be one value"],
    ["another audience", () => es({}, { aud: "https://other.example" }), "`aud` names somebody else"],
    ["two audiences", () => es({}, { aud: [ISSUER, "https://other.example"] }), "`aud` must be one value"],
    ["our audience twice", () => es({}, { aud: [ISSUER, ISSUER] }), "`aud` must be one value"],
    ["an empty list of audiences", () => es({}, { aud: [] }), "`aud` must be one value"],
    [
      "an audience that only begins like ours",
      () => es({}, { aud: `${ISSUER}.evil.example` }),
      "`aud` names somebody else",
    ],
    ["our audience with a slash", () => es({}, { aud: `${ISSUER}/` }), "`aud` names somebody else"],
    ["no expiry", () => es({}, { exp: undefined }), "`exp` is missing"],
    ["an expiry that is no number", () => es({}, { exp: String(nowS() + 60) }), "`exp` is missing"],
    ["an expiry in the past", () => es({}, { iat: nowS() - 600, exp: nowS() - 30 }), "it has expired"],
    ["a start in the future", () => es({}, { nbf: nowS() + 31 }), "it is not valid yet"],
    ["a start that is no number", () => es({}, { nbf: "now" }), "it is not valid yet"],
    [
      "an issue in the future",
      () => es({}, { iat: nowS() + 31, exp: nowS() + 300 }),
      "`iat` is in the future",
    ],
    ["a life of three hours", () => es({}, { exp: nowS() + 10_800 }), "it lives longer than 7200 seconds"],
    [
      "a life of three hours, without iat",
      () => es({}, { iat: undefined, exp: nowS() + 10_800 }),
      "it lives longer than 7200 seconds",
    ],
    [
      "a claim twice",
      () =>
        signByHand({ alg: "ES256", kid: ec.kid }, JSON.stringify(claims()).replace("{", '{"team":"b",'), ec),
      "it is not a JWT",
    ],
    [
      "a header member twice",
      () => signByHand(`{"alg":"none","alg":"ES256","kid":"${ec.kid}"}`, claims(), ec),
      "it is not a JWT",
    ],
    [
      "claims that are a list",
      () => signByHand({ alg: "ES256", kid: ec.kid }, [claims()], ec),
      "it is not a JWT",
    ],
    ["a fourth part", () => `${es({})}.AA`, "it is not a JWT"],
    ["white space around it", () => ` ${es({})}`, "it is not a JWT"],
    ["padding", () => `${es({})}=`, "it is not a JWT"],
    ["too many characters", () => es({}, { filler: "x".repeat(MAX_ASSERTION_LENGTH) }), "it is not a JWT"],
    ["no form at all", () => "garbage", "it is not a JWT"],
    ["nothing", () => "", "it is not a JWT"],
  ];
  test.each(table)("with %s is refused", async (_, make, reason) => {
    const answer = await attest(await make());
    const description = `the platform token was refused: ${reason}`;
    expect(answer).toEqual({ kind: "refused", code: "attestation_failed", description });
    expect(room.attestation.instance("reader", jkt)).toBeUndefined();
    expect(attacker.asked).toEqual([]);
  });

  test("is told apart from a key that cannot be fetched", async () => {
    room.registry.trust("https://down.example", { jwksUri: `${attacker.url}/nothing` });
    const token = await new SignJWT(claims({ iss: "https://down.example" }))
      .setProtectedHeader({ alg: "ES256", kid: ec.kid })
      .sign(ec.privateKey);
    expect(await attest(token)).toMatchObject({ code: "fetch_failed" });
    attacker.asked.length = 0;
  });
});
