import type { TrustedIssuer } from "@narrowgate/contracts";
import { type ManualClock, manualClock, randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type IssuerServer, startIssuerServer } from "../../../test/attestation/issuer-server.ts";
import { type IssuerKey, newIssuerKey } from "../../../test/attestation/keys.ts";
import { createSafeFetch } from "../../platform/fetch/index.ts";
import { createIssuerKeys, type IssuerKeys, MAX_AGE_MS, REFRESH_MS, UNKNOWN_KEY_MS } from "./issuer-keys.ts";
import type { KeyUse } from "./key-set.ts";

let server: IssuerServer;
let clock: ManualClock;
let keys: IssuerKeys;
let first: IssuerKey;
let second: IssuerKey;

beforeEach(async () => {
  server = await startIssuerServer();
  clock = manualClock(1_795_000_000_000);
  keys = createIssuerKeys({
    clock,
    fetcher: createSafeFetch({ allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: true }),
  });
  [first, second] = [await newIssuerKey(), await newIssuerKey()];
});
afterEach(() => server.close());

const issuer = (more: Partial<TrustedIssuer> = {}): TrustedIssuer => ({
  issuer: server.url,
  entry: "e1",
  uses: ["workload"],
  ...more,
});
const direct = () => issuer({ jwksUri: `${server.url}/keys` });
const find = (record: TrustedIssuer, { kid }: { kid: string | undefined }, use: KeyUse = "sig") =>
  keys.find(record, { kid, alg: "ES256", use });
const down = () => server.answer("/keys", (_, response) => void response.writeHead(500).end());

describe("the keys of an issuer", () => {
  test("are those of its record, when they stand there", async () => {
    const record = issuer({ jwks: { keys: [first.publicJwk] } });
    expect(await find(record, first)).toMatchObject({ kid: first.kid });
    expect(await find(record, second)).toBeUndefined();
    expect(server.asked).toEqual([]);
  });

  test("are found by discovery, whose issuer must be the same byte for byte", async () => {
    server.publish("/keys", { keys: [first.publicJwk] });
    const discovery = "/.well-known/openid-configuration";
    server.publish(discovery, { issuer: `${server.url}/`, jwks_uri: `${server.url}/keys` });
    await expect(find(issuer(), first)).rejects.toMatchObject({ code: "fetch_failed" });
    expect(server.asked).toEqual([discovery]);
    clock.advance(1000);
    server.publish(discovery, { issuer: server.url, jwks_uri: `${server.url}/keys` });
    expect(await find(issuer(), first)).toMatchObject({ kid: first.kid });
  });

  test("are not fetched from where the fetcher would not go", async () => {
    server.publish("/.well-known/openid-configuration", {
      issuer: server.url,
      jwks_uri: "http://10.0.0.1/keys",
    });
    await expect(find(issuer(), first)).rejects.toMatchObject({ code: "fetch_refused" });
  });

  test.each([
    ["no set", []],
    ["keys that are no list", { keys: {} }],
    ["too many keys", { keys: Array.from({ length: 65 }, () => ({ kty: "EC" })) }],
    ["a SPIFFE sequence that is no number", { keys: [], spiffe_sequence: "1" }],
  ])("cannot be had from %s", async (_, document) => {
    server.publish("/keys", document);
    await expect(find(direct(), first)).rejects.toMatchObject({ code: "fetch_failed" });
  });

  test("are fetched once by all who need them at the same time", async () => {
    server.publish("/keys", { keys: [first.publicJwk] });
    const record = direct();
    await Promise.all(Array.from({ length: 10 }, () => find(record, first)));
    await find(record, first);
    expect(server.asked).toEqual(["/keys"]);
  });

  test("are looked up again for a token with an unknown key, but not for each", async () => {
    const record = direct();
    server.publish("/keys", { keys: [first.publicJwk] });
    expect(await find(record, second)).toBeUndefined();
    server.publish("/keys", { keys: [first.publicJwk, second.publicJwk] });
    for (let i = 0; i < 20; i++) expect(await find(record, second)).toBeUndefined();
    expect(server.asked).toHaveLength(1);
    clock.advance(UNKNOWN_KEY_MS);
    expect(await find(record, second)).toMatchObject({ kid: second.kid });
    expect(server.asked).toHaveLength(2);
  });

  test("stop verifying once the issuer has taken them away", async () => {
    const record = direct();
    server.publish("/keys", { keys: [first.publicJwk, second.publicJwk] });
    expect(await find(record, first)).toBeDefined();
    server.publish("/keys", { keys: [second.publicJwk] });
    clock.advance(REFRESH_MS + 1);
    expect(await find(record, first)).toBeUndefined();
    expect(await find(record, second)).toBeDefined();
  });

  test("last over an outage for an hour and no longer, and come back by themselves", async () => {
    const record = direct();
    server.publish("/keys", { keys: [first.publicJwk] });
    await find(record, first);
    down();
    clock.advance(MAX_AGE_MS);
    expect(await find(record, first)).toBeDefined();
    clock.advance(1);
    await expect(find(record, first)).rejects.toMatchObject({ code: "fetch_failed" });
    server.publish("/keys", { keys: [first.publicJwk] });
    clock.advance(1000);
    expect(await find(record, first)).toBeDefined();
  });

  test("of a failing issuer are asked for at most once a second", async () => {
    const record = direct();
    down();
    for (let i = 0; i < 5; i++)
      await expect(find(record, first)).rejects.toMatchObject({ code: "fetch_failed" });
    expect(server.asked).toHaveLength(1);
  });

  test("are looked up again when the clock was set back", async () => {
    const record = direct();
    server.publish("/keys", { keys: [first.publicJwk] });
    await find(record, first);
    clock.set(clock.nowMs() - 86_400_000);
    await find(record, first);
    expect(server.asked).toHaveLength(2);
  });

  test("are forgotten when the record changes", async () => {
    server.publish("/keys", { keys: [first.publicJwk] });
    await find(direct(), first);
    expect(await find(issuer({ entry: "e2", jwks: { keys: [second.publicJwk] } }), first)).toBeUndefined();
  });
});

describe("a key", () => {
  const withKeys = (...list: readonly object[]) =>
    issuer({ entry: randomId(), jwks: { keys: list.map((key) => ({ ...key })) } });
  test.each([
    ["for encryption", { use: "enc" }],
    ["for another algorithm", { alg: "RS256" }],
    ["for signing only", { key_ops: ["sign"] }],
    ["whose private half was published", { d: "AAAA" }],
    ["off its form", { x: "AAAA" }],
  ])("%s is not used", async (_, more) => {
    expect(await find(withKeys({ ...first.publicJwk, ...more }), first)).toBeUndefined();
  });

  test("is used with the algorithms of its kind alone, also where the set names none", async () => {
    const rsa = await newIssuerKey("RS256");
    const unmarked = Object.fromEntries(Object.entries(rsa.publicJwk).filter(([name]) => name !== "alg"));
    const record = withKeys(unmarked);
    const wanted = { kid: rsa.kid, use: "sig" } as const;
    expect(await keys.find(record, { ...wanted, alg: "PS256" })).toBeDefined();
    expect(await keys.find(record, { ...wanted, alg: "ES256" })).toBeUndefined();
    expect(await keys.find(record, { ...wanted, alg: "EdDSA" })).toBeUndefined();
  });

  test.each(["EdDSA", "Ed25519"] as const)("for Ed25519 is found by either name, as %s", async (alg) => {
    const ed = await newIssuerKey("Ed25519");
    for (const named of ["EdDSA", "Ed25519"]) {
      const record = withKeys({ ...ed.publicJwk, alg: named });
      expect(await keys.find(record, { kid: ed.kid, alg, use: "sig" })).toBeDefined();
    }
  });

  test("among keys we do not know is found", async () => {
    const record = withKeys(
      { kty: "oct", k: "AAAA", kid: first.kid },
      { kty: "EC", crv: "P-521", x: "AA", y: "AA" },
      { ...first.publicJwk, x5c: ["AAAA"], x5t: "AA", key_ops: ["verify"] },
    );
    expect(await find(record, first)).toMatchObject({ kid: first.kid });
  });

  test("is not guessed: two that fit are none", async () => {
    const record = withKeys(first.publicJwk, second.publicJwk);
    expect(await find(record, { kid: undefined })).toBeUndefined();
    expect(await find(withKeys(first.publicJwk), { kid: undefined })).toBeDefined();
    expect(
      await find(withKeys(first.publicJwk, { ...second.publicJwk, kid: first.kid }), first),
    ).toBeUndefined();
  });
});

describe("a SPIFFE bundle", () => {
  const domain = () => issuer({ issuer: "spiffe://prod.example", jwksUri: `${server.url}/keys` });
  const svid = (key: IssuerKey) => ({ ...key.publicJwk, use: "jwt-svid" });

  test("needs its address in the registry", async () => {
    const record = issuer({ issuer: "spiffe://prod.example" });
    await expect(find(record, first, "jwt-svid")).rejects.toMatchObject({ code: "fetch_failed" });
    expect(server.asked).toEqual([]);
  });

  test("gives the keys it marks for JWT-SVIDs, and no others", async () => {
    const unmarked = Object.fromEntries(Object.entries(second.publicJwk).filter(([name]) => name !== "use"));
    server.publish("/keys", { keys: [svid(first), unmarked] });
    expect(await find(domain(), first, "jwt-svid")).toBeDefined();
    expect(await find(domain(), second, "jwt-svid")).toBeUndefined();
    expect(await find(domain(), first, "sig")).toBeUndefined();
  });

  test("is looked up as often as it asks", async () => {
    server.publish("/keys", { keys: [svid(first)], spiffe_refresh_hint: 60 });
    await find(domain(), first, "jwt-svid");
    clock.advance(59_000);
    await find(domain(), first, "jwt-svid");
    expect(server.asked).toHaveLength(1);
    clock.advance(1001);
    await find(domain(), first, "jwt-svid");
    expect(server.asked).toHaveLength(2);
  });

  test("that is older than the last one brings no key back", async () => {
    server.publish("/keys", { keys: [svid(second)], spiffe_sequence: 8 });
    await find(domain(), second, "jwt-svid");
    server.publish("/keys", { keys: [svid(first)], spiffe_sequence: 7 });
    clock.advance(REFRESH_MS + 1);
    expect(await find(domain(), first, "jwt-svid")).toBeUndefined();
    expect(await find(domain(), second, "jwt-svid")).toBeDefined();
  });
});
