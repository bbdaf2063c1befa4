import type { WorkloadBinding } from "@narrowgate/contracts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type IssuerKey, newIssuerKey, newWorkloadKey, signToken } from "../../../test/attestation/keys.ts";
import { agent, ISSUER, newRoom, type TestRoom } from "../../../test/attestation/room.ts";
import { isWithin, parseSpiffeId } from "./spiffe-id.ts";

const DOMAIN = "spiffe://prod.example";
let key: IssuerKey;
let room: TestRoom;

beforeEach(async () => {
  key = await newIssuerKey("ES256", "jwt-svid");
  room = await newRoom();
  room.registry
    .trust(DOMAIN, { jwks: { keys: [key.publicJwk] } })
    .put(agent("reader", [rule(`${DOMAIN}/ns/a`, "path")]), agent("exact", [rule(`${DOMAIN}/ns/x/sa/y`)]));
});
afterEach(() => room.close());

function rule(id: string, match?: "path"): WorkloadBinding {
  return { method: "spiffe", trust_domain: "prod.example", id, ...(match === undefined ? {} : { match }) };
}
const nowS = () => Math.floor(room.clock.nowMs() / 1000);
const svid = (sub: string, more: object = {}) => ({ sub, aud: ISSUER, exp: nowS() + 300, ...more });
const attest = async (claims: object, jkt: string, header: object = {}) =>
  room.attestation.attest({
    assertion: await signToken(key, { ...claims }, { ...header }),
    jkt,
    method: "spiffe",
  });
const jkt = "A".repeat(43);

describe("a JWT-SVID", () => {
  test.each([
    ["the path itself", "/ns/a", "reader", {}],
    ["below the path", "/ns/a/sa/b", "reader", {}],
    ["the exact id", "/ns/x/sa/y", "exact", {}],
    ["type JWT", "/ns/a", "reader", { typ: "JWT" }],
    ["type JOSE", "/ns/a", "reader", { typ: "JOSE" }],
  ])("of %s is the agent", async (_, path, id, header) => {
    expect(await attest(svid(`${DOMAIN}${path}`), jkt, header)).toMatchObject({
      kind: "attested",
      instance: { agent: id, assurance: "attested" },
    });
    expect((await room.leaves())[0]?.body).toMatchObject({ method: "spiffe", verdict: "accepted" });
  });

  test.each([
    ["a path that only begins alike", `${DOMAIN}/ns/ab`],
    ["a path above the rule", `${DOMAIN}/ns`],
    ["a path below an exact id", `${DOMAIN}/ns/x/sa/y/z`],
    ["another case", `${DOMAIN}/NS/a`],
    ["another trust domain", "spiffe://dev.example/ns/a"],
    ["a trust domain that begins alike", "spiffe://prod.example.evil/ns/a"],
    ["the trust domain itself", DOMAIN],
    ["a slash at the end", `${DOMAIN}/ns/a/`],
    ["an empty segment", `${DOMAIN}/ns//a`],
    ["a dot segment", `${DOMAIN}/ns/a/../b`],
    ["percent-encoding", `${DOMAIN}/ns/a%2fb`],
    ["a query", `${DOMAIN}/ns/a?x`],
    ["a port", "spiffe://prod.example:443/ns/a"],
    ["a user", "spiffe://me@prod.example/ns/a"],
    ["another scheme", "https://prod.example/ns/a"],
  ])("of %s is nobody", async (_, sub) => {
    expect(await attest(svid(sub), jkt)).toMatchObject({ kind: "refused", code: "attestation_failed" });
  });

  test.each([
    ["two audiences", { aud: [ISSUER, "x"] }, {}],
    ["another audience", { aud: "https://x.example" }, {}],
    ["no expiry", { exp: undefined }, {}],
    ["another type", {}, { typ: "at+jwt" }],
    ["a subject that is no text", { sub: [`${DOMAIN}/ns/a`] }, {}],
  ])("with %s is refused", async (_, more, header) => {
    expect(await attest(svid(`${DOMAIN}/ns/a`, more), jkt, header)).toMatchObject({
      code: "attestation_failed",
    });
  });

  test("signed with EdDSA is refused", async () => {
    key = await newIssuerKey("EdDSA", "jwt-svid");
    room.registry.trust(DOMAIN, { jwks: { keys: [key.publicJwk] } });
    expect(await attest(svid(`${DOMAIN}/ns/a`), jkt)).toMatchObject({ code: "attestation_failed" });
  });

  test("is verified with the keys of its trust domain, whatever issuer it names", async () => {
    const stranger = await newIssuerKey("ES256", "jwt-svid");
    room.registry.trust("https://stranger.example", { jwks: { keys: [stranger.publicJwk] } });
    const own = key;
    key = stranger;
    const claims = svid(`${DOMAIN}/ns/a`, { iss: "https://stranger.example" });
    expect(await attest(claims, jkt)).toMatchObject({ code: "attestation_failed" });
    key = own;
    expect(await attest(claims, jkt)).toMatchObject({ kind: "attested" });
  });

  test("is no OIDC token, and an OIDC rule takes none", async () => {
    const assertion = await signToken(key, svid(`${DOMAIN}/ns/a`, { iss: DOMAIN }));
    expect(await room.attestation.attest({ assertion, jkt })).toMatchObject({ code: "attestation_failed" });
  });

  test("is shared by replicas: each key is an instance of its own", async () => {
    const [first, second] = [await newWorkloadKey(), await newWorkloadKey()];
    const shared = svid(`${DOMAIN}/ns/a`);
    const answers = [
      await attest(shared, first.jkt),
      await attest(shared, second.jkt),
      await attest(shared, first.jkt),
    ];
    const refs = answers.map((answer) => (answer.kind === "attested" ? answer.instance.ref : "refused"));
    expect(new Set(refs).size).toBe(2);
    expect(refs[0]).toBe(refs[2]);
    expect(await attest(svid(`${DOMAIN}/ns/a/other`), first.jkt)).toMatchObject({ code: "instance_bound" });
  });
});

test("a rule under another trust domain than it names matches nothing", async () => {
  room.registry.put(
    agent("reader", [
      { method: "spiffe", trust_domain: "prod.example", id: "spiffe://dev.example/ns/a", match: "path" },
    ]),
  );
  expect(await attest(svid(`${DOMAIN}/ns/a`), jkt)).toMatchObject({ code: "attestation_failed" });
});

test("a rule under one trust domain takes no SVID of another, also when the agent has rules for both", async () => {
  const dev = "spiffe://dev.example";
  const mixed: WorkloadBinding = { method: "spiffe", trust_domain: "prod.example", id: `${dev}/ns/a` };
  room.registry
    .trust(dev, { jwks: { keys: [key.publicJwk] } })
    .put(agent("reader", [mixed, { method: "spiffe", trust_domain: "dev.example", id: `${dev}/ns/b` }]));
  expect(await attest(svid(`${dev}/ns/a`), jkt)).toMatchObject({ code: "attestation_failed" });
  expect(await attest(svid(`${dev}/ns/b`), jkt)).toMatchObject({ kind: "attested" });
});

test("a trust domain is no workload, also where a rule takes all of it", async () => {
  room.registry.put(agent("reader", []), agent("exact", [rule(DOMAIN, "path")]));
  expect(await attest(svid(DOMAIN), jkt)).toMatchObject({ code: "attestation_failed" });
  expect(await attest(svid(`${DOMAIN}/any`), jkt)).toMatchObject({ kind: "attested" });
});

test("within compares whole segments", () => {
  const id = (text: string) => parseSpiffeId(text) ?? { trustDomain: "", segments: ["?"] };
  expect(isWithin(id(`${DOMAIN}/a/b`), id(`${DOMAIN}/a`))).toBe(true);
  expect(isWithin(id(`${DOMAIN}/ab`), id(`${DOMAIN}/a`))).toBe(false);
  expect(isWithin(id(`${DOMAIN}/a`), id(DOMAIN))).toBe(true);
  expect(isWithin(id(`${DOMAIN}/a`), id("spiffe://dev.example/a"))).toBe(false);
});
