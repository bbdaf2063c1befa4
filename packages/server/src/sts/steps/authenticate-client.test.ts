import { toBase64url, utf8 } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import {
  assertionOf,
  type Caller,
  enrolled,
  ISSUER,
  instanceRecord,
  JWT_BEARER,
  NOW_S,
  parsed,
  type StepWorld,
  stepWorld,
} from "../../../test/sts/step-world.ts";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import {
  authenticateAgent,
  authenticateByAssertion,
  authenticateClient,
  keyNamedByAssertion,
} from "./authenticate-client.ts";

const JWT_SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
const GRANT_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

let world: StepWorld;
let agent: Caller;
let assertion: string;
beforeEach(() => {
  world = stepWorld();
  agent = enrolled(world, "a");
  assertion = assertionOf({ alg: "ES256", kid: agent.proof.jkt }, { iss: "a", sub: "a" });
  world.assertions.set(assertion, { use: "use", untilS: NOW_S + 60 });
  world.proofs.set("proof", agent.proof);
});

const sent = (more: Record<string, string> = {}) => ({
  client_assertion: assertion,
  client_assertion_type: JWT_BEARER,
  ...more,
});
const authenticate = (params: Record<string, string> = sent(), dpop: string | undefined = "proof") =>
  authenticateClient({ ...parsed(params), dpop }, world.ports);
const byAssertion = (params: Record<string, string> = sent()) =>
  authenticateByAssertion(new Map(Object.entries(params)), world.ports);
const atOwnEndpoint = (params: Record<string, string> = sent(), body = utf8("{}"), dpop = "proof") =>
  authenticateAgent(
    { params: new Map(Object.entries(params)), dpop, url: `${ISSUER}/mandates`, body },
    world.ports,
  );
const portsAsked = (): string[] => world.asked.map(({ port }) => port);

describe("a client at the token endpoint", () => {
  it("is the agent and instance whose key made both proof and assertion", async () => {
    const { client, instance, proof } = agent;
    expect(await authenticate()).toMatchObject({ client, instance, proof, dpop: "proof" });
    expect(world.asked).toEqual([
      { port: "proof", input: { proof: "proof", method: "POST", url: `${ISSUER}/token` } },
      { port: "assertion", input: { agent: "a", kid: agent.proof.jkt } },
      { port: "use", input: { use: "use", beside: "proof" } },
    ]);
  });

  it("is told to send one proof, and its assertion is not looked at before it has", async () => {
    const stage = parsed(sent());
    expect(await authenticateClient({ ...stage, dpop: undefined }, world.ports)).toMatchObject({
      code: "invalid_dpop_proof",
    });
    expect(await authenticate(sent(), "old nonce")).toMatchObject({ code: "use_dpop_nonce" });
    expect(portsAsked()).toEqual(["proof"]);
  });

  it("signs this body, when its proof signs one", async () => {
    const form = "grant_type=client_credentials";
    world.proofs.set("this", { ...agent.proof, bodySha256: sha256Base64url(form) });
    world.proofs.set("other", { ...agent.proof, bodySha256: sha256Base64url(`${form}&scope=all`) });
    expect(await authenticate(sent(), "other")).toMatchObject({ code: "invalid_dpop_proof" });
    expect(await authenticate(sent(), "this")).toMatchObject({ client: agent.client });
  });

  it("is unknown alike when its agent, its key or its name of itself is unknown", async () => {
    enrolled(world, "b");
    const foreign = assertionOf({ kid: agent.proof.jkt }, { iss: "b" });
    const nobody = assertionOf({ kid: agent.proof.jkt }, { iss: "nobody" });
    const nameless = assertionOf({ kid: agent.proof.jkt }, { iss: 7 });
    for (const other of [foreign, nobody, nameless, "a.b.c", "", `${assertion}${"A".repeat(8192)}`]) {
      world.assertions.set(other, { use: other, untilS: NOW_S + 60 });
      expect(await authenticate(sent({ client_assertion: other }))).toEqual({
        kind: "refused",
        code: "invalid_client",
      });
    }
    expect(portsAsked()).not.toContain("assertion");
  });

  it("is refused with what its assertion failed on", async () => {
    world.assertions.clear();
    expect(await authenticate()).toMatchObject({ code: "invalid_client", description: "wrong key" });
  });

  it("uses an assertion once", async () => {
    await authenticate();
    expect(await authenticate()).toMatchObject({ code: "replayed" });
  });

  it("is not another than it says it is", async () => {
    expect(await authenticate(sent({ client_id: "a" }))).toMatchObject({ client: agent.client });
    world.spent.clear();
    expect(await authenticate(sent({ client_id: "b" }))).toMatchObject({ code: "invalid_client" });
  });

  it("is active, and not over, to the second", async () => {
    world.agents.set("a", { ...agent.client, expires: NOW_S });
    expect(await authenticate()).toMatchObject({ code: "agent_expired" });
    world.agents.set("a", { ...agent.client, expires: NOW_S + 1 });
    world.spent.clear();
    expect(await authenticate()).not.toHaveProperty("code");
    world.agents.set("a", { ...agent.client, state: "suspended" });
    world.spent.clear();
    expect(await authenticate()).toMatchObject({ code: "agent_inactive" });
  });

  it("is told what to authenticate with when it sent nothing of it", async () => {
    const nothing = [{}, { client_assertion_type: JWT_BEARER }, { client_assertion_type: JWT_SPIFFE }];
    for (const params of [...nothing, { client_assertion: assertion }, { grant_type: GRANT_JWT }]) {
      expect(await authenticate(params)).toMatchObject({
        code: "invalid_client",
        description: expect.stringContaining("private_key_jwt"),
      });
    }
    expect(portsAsked()).not.toContain("attest");
  });
});

describe("a platform token", () => {
  beforeEach(() => {
    world.attested.set("platform", agent.instance);
  });

  it.each([
    ["a JWT-SVID", { client_assertion: "platform", client_assertion_type: JWT_SPIFFE }, "spiffe"],
    ["an assertion grant", { grant_type: GRANT_JWT, assertion: "platform" }, null],
  ])("as %s is attested with the key that was proven", async (_name, params, method) => {
    const { client, instance } = agent;
    expect(await authenticate(params)).toMatchObject({ client, instance });
    expect(world.asked.at(-1)).toEqual({
      port: "attest",
      input: { assertion: "platform", jkt: agent.proof.jkt, dpop: "proof", method },
    });
  });

  it("counts under its own grant alone", async () => {
    expect(await authenticate({ assertion: "platform" })).toMatchObject({ code: "invalid_client" });
    expect(portsAsked()).toEqual(["proof"]);
  });

  it("is refused with what the attestation failed on, or when nobody is registered for it", async () => {
    const grant = { grant_type: GRANT_JWT };
    expect(await authenticate({ ...grant, assertion: "unknown" })).toMatchObject({
      code: "invalid_client",
      description: "no such workload",
    });
    world.attested.set("orphan", instanceRecord("gone", agent.proof.jkt));
    expect(await authenticate({ ...grant, assertion: "orphan" })).toEqual({
      kind: "refused",
      code: "invalid_client",
    });
  });
});

describe("a client with an assertion alone", () => {
  it("is the instance whose key the assertion names", async () => {
    const { client, instance } = agent;
    expect(await byAssertion()).toEqual({ client, instance });
    expect(world.asked.at(-1)).toEqual({ port: "use", input: { use: "use", beside: "nothing" } });
  });

  it.each([
    ["no assertion", { client_assertion_type: JWT_BEARER }],
    ["another type", { client_assertion: "x", client_assertion_type: JWT_SPIFFE }],
    ["no type", { client_assertion: "x" }],
  ])("is told how to authenticate with %s", async (_name, params) => {
    const named = "client_assertion" in params ? { ...params, client_assertion: assertion } : params;
    expect(await byAssertion(named)).toMatchObject({
      code: "invalid_client",
      description: expect.stringContaining("kid"),
    });
  });

  it("is told how to authenticate when the assertion names no key", async () => {
    const keyless = assertionOf({ alg: "ES256" }, { iss: "a" });
    expect(await byAssertion(sent({ client_assertion: keyless }))).toMatchObject({
      description: expect.stringContaining("kid"),
    });
  });

  it("is refused as at the token endpoint", async () => {
    expect(await byAssertion(sent({ client_id: "b" }))).toMatchObject({ code: "invalid_client" });
    expect(await byAssertion()).toMatchObject({ code: "replayed" });
    world.spent.clear();
    world.agents.set("a", { ...agent.client, state: "retired" });
    expect(await byAssertion()).toMatchObject({ code: "agent_inactive" });
  });
});

describe("an agent at an endpoint of our own", () => {
  it("is known by proof and assertion under one key", async () => {
    const { client, instance } = agent;
    expect(await atOwnEndpoint()).toEqual({ kind: "agent", client, instance });
    expect(world.asked[0]).toEqual({
      port: "proof",
      input: { proof: "proof", method: "POST", url: `${ISSUER}/mandates` },
    });
    expect(world.asked.at(-1)).toEqual({ port: "use", input: { use: "use", beside: "proof" } });
  });

  it("is refused without proof, with a proof that does not verify, and for another body", async () => {
    const params = new Map(Object.entries(sent()));
    const request = { params, dpop: undefined, url: `${ISSUER}/mandates`, body: utf8("{}") };
    expect(await authenticateAgent(request, world.ports)).toMatchObject({ code: "invalid_dpop_proof" });
    expect(await atOwnEndpoint(sent(), utf8("{}"), "unknown")).toMatchObject({ code: "use_dpop_nonce" });
    world.proofs.set("signs", { ...agent.proof, bodySha256: sha256Base64url("{}") });
    expect(await atOwnEndpoint(sent(), utf8("{ }"), "signs")).toMatchObject({ code: "invalid_dpop_proof" });
    expect(await atOwnEndpoint(sent(), utf8("{}"), "signs")).toMatchObject({ kind: "agent" });
  });

  it("is refused without assertion, and when it is over", async () => {
    expect(await atOwnEndpoint({})).toMatchObject({ code: "invalid_client" });
    world.agents.set("a", { ...agent.client, expires: NOW_S });
    expect(await atOwnEndpoint()).toMatchObject({ code: "agent_expired" });
  });
});

describe("the key an assertion names", () => {
  const header = (text: string): string => `${toBase64url(utf8(text))}.e30.AA`;

  it.each([
    ["", "no parts"],
    ["...", "empty parts"],
    ["%%.e30.AA", "no base64url"],
    [header("["), "no JSON"],
    [header("null"), "nothing"],
    [header("7"), "a number"],
    [header('{"kid":7}'), "a number for a name"],
    [header('{"alg":"ES256"}'), "no name"],
    [header('{"kid":"a","kid":"b"}'), "two names"],
    [header(`{"kid":"a","x":${"[".repeat(9)}${"]".repeat(9)}}`), "more depth than a header has"],
    [`${header('{"kid":"a"}')}${"A".repeat(8192)}`, "more bytes than an assertion has"],
  ])("is none in %j: %s", (text) => {
    expect(keyNamedByAssertion(text)).toBeUndefined();
  });

  it("is read as it stands, verified or not", () => {
    expect(keyNamedByAssertion(header('{"kid":"a"}'))).toBe("a");
    const exact = header('{"kid":"a"}');
    expect(keyNamedByAssertion(exact + "A".repeat(8192 - exact.length))).toBe("a");
  });
});
