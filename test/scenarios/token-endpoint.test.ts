import { createHash } from "node:crypto";
import {
  acceptHandOff,
  createTokenClient,
  generateAgentKey,
  openSession,
  sendWithProof,
  signClientAssertion,
  signProof,
  type TokenClient,
} from "@narrowgate/agent";
import { fromBase64url, fromUtf8, type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const JWT = "urn:ietf:params:oauth:token-type:jwt";

let gate: TestInstance;
let first: TokenClient;
let second: TokenClient;
let third: TokenClient;
let stranger: TokenClient;

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
  [first, second, third, stranger] = [
    await gate.join("first"),
    await gate.join("second"),
    await gate.join("third"),
    await gate.join("stranger"),
  ];
}, 60_000);

afterAll(() => gate.close());

const files = (): string => `${gate.issuer}/mcp/files`;
const agentAt = (id: string): string => `${gate.issuer}/agents/${id}`;

function claimsOf(jws: string): JsonObject {
  const value = parseStrictJson(fromUtf8(fromBase64url(jws.split(".")[1] ?? "")));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no claims");
  return Object.fromEntries(Object.entries(value));
}

const root = (client: TokenClient, more: Record<string, string> = {}) =>
  client.request({ grant_type: "client_credentials", resource: files(), ...more });
const continueFrom = (client: TokenClient, token: string, more: Record<string, string> = {}) =>
  client.request({
    grant_type: EXCHANGE,
    subject_token: token,
    subject_token_type: ACCESS_TOKEN,
    resource: files(),
    ...more,
  });
const rebindFrom = (client: TokenClient, token: string, more: Record<string, string> = {}) =>
  continueFrom(client, token, { actor_token: "self", actor_token_type: JWT, ...more });
const handOff = async (client: TokenClient, to: string, more: Record<string, string> = {}) =>
  (await root(client, { resource: agentAt(to), ...more })).accessToken;

describe("a root token", () => {
  it("is bound to the agent's key, names its mandate and carries the ceiling", async () => {
    const { accessToken } = await root(first);
    const claims = claimsOf(accessToken);
    expect(claims).toMatchObject({
      iss: gate.issuer,
      aud: files(),
      sub: "first",
      client_id: "first",
      cnf: { jkt: first.options.key.jkt },
    });
    expect(claims["act"]).toBeUndefined();
    expect(claims["scope"]).toBe("files:read files:write");
    expect(Number(claims["exp"]) - Number(claims["iat"])).toBe(300);
  });

  it("is refused for scope, tool or resource beyond the ceiling, and nothing is trimmed", async () => {
    await expect(root(first, { scope: "files:read files:admin" })).rejects.toMatchObject({
      code: "invalid_scope",
    });
    const wide = JSON.stringify([
      { type: "mcp_tool", server: "files", tools: ["read", "delete"], data_class: "confidential" },
    ]);
    await expect(root(first, { authorization_details: wide })).rejects.toMatchObject({
      code: "invalid_authorization_details",
    });
    await expect(root(first, { resource: "https://elsewhere.example/mcp" })).rejects.toMatchObject({
      code: "invalid_target",
    });
  });

  it("is refused to an unknown key, an unknown agent and a key of another agent", async () => {
    const key = await generateAgentKey();
    const as = (agent: string, withKey = key) =>
      createTokenClient({ issuer: gate.issuer, agent, key: withKey });
    for (const client of [as("first"), as("nobody"), as("second", first.options.key)])
      await expect(root(client)).rejects.toMatchObject({ code: "invalid_client" });
  });
});

describe("possession (invariant 5)", () => {
  it("refuses a proof without nonce, with another method, URL or body, and one used twice", async () => {
    const url = `${gate.issuer}/token`;
    const { key } = first.options;
    const nonce = await currentNonce();
    const send = async (dpop: string, more: Record<string, string> = {}) => {
      const client_assertion = await signClientAssertion(key, "first", gate.issuer, Date.now());
      const body = new URLSearchParams({
        grant_type: "client_credentials",
        resource: files(),
        client_assertion,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ...more,
      });
      const response = await fetch(url, { method: "POST", headers: { dpop }, body });
      return { status: response.status, body: await response.json() };
    };
    const proof = (input: Partial<Parameters<typeof signProof>[1]>, at = Date.now()) =>
      signProof(key, { method: "POST", url, nonce, ...input }, at);
    const once = await proof({});
    expect(await send(once)).toMatchObject({ status: 200 });
    expect(await send(once)).toMatchObject({ status: 400, body: { code: "replayed" } });
    expect(await send(await proof({ nonce: undefined }))).toMatchObject({ body: { code: "use_dpop_nonce" } });
    expect(await send(await proof({ nonce: "of-another-boot" }))).toMatchObject({
      body: { code: "use_dpop_nonce" },
    });
    expect(await send(await proof({ method: "GET" }))).toMatchObject({
      body: { code: "invalid_dpop_proof" },
    });
    expect(await send(await proof({ url: `${gate.issuer}/introspect` }))).toMatchObject({
      body: { code: "invalid_dpop_proof" },
    });
    expect(await send(await proof({}, Date.now() - 3_600_000))).toMatchObject({
      body: { code: "invalid_dpop_proof" },
    });
    expect(await send(`${await proof({})}, ${await proof({})}`)).toMatchObject({
      body: { code: "invalid_dpop_proof" },
    });
    expect(await send(await proof({ body: new Uint8Array([1]) }))).toMatchObject({
      body: { code: "invalid_dpop_proof" },
    });
  });

  it("comes before assertion and subject token, which are verified beside it, and uses neither up", async () => {
    const url = `${gate.issuer}/token`;
    const { key } = first.options;
    const nonce = await currentNonce();
    const { accessToken } = await root(first);
    const assertion = await signClientAssertion(key, "first", gate.issuer, Date.now());
    const send = async (use: string | undefined, client_assertion: string, subject_token: string) => {
      const dpop = await signProof(key, { method: "POST", url, nonce: use }, Date.now());
      const body = new URLSearchParams({
        grant_type: EXCHANGE,
        subject_token,
        subject_token_type: ACCESS_TOKEN,
        resource: files(),
        client_assertion,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      });
      const response = await fetch(url, { method: "POST", headers: { dpop }, body });
      return response.status === 200 ? "granted" : (await response.json()).code;
    };
    const broken = (jws: string): string => `${jws.slice(0, -8)}AAAAAAAA`;
    expect(await send("of-another-boot", assertion, accessToken)).toBe("use_dpop_nonce");
    expect(await send("of-another-boot", broken(assertion), broken(accessToken))).toBe("use_dpop_nonce");
    expect(await send(nonce, broken(assertion), broken(accessToken))).toBe("invalid_client");
    expect(await send(nonce, assertion, accessToken)).toBe("granted");
    expect(await send(nonce, assertion, broken(accessToken))).toBe("replayed");
    const another = await signClientAssertion(key, "first", gate.issuer, Date.now());
    expect(await send(nonce, another, broken(accessToken))).toBe("invalid_grant");
  });

  it("refuses a client assertion that was used before", async () => {
    const { key } = first.options;
    const assertion = await signClientAssertion(key, "first", gate.issuer, Date.now());
    const fixed = createTokenClient({
      ...first.options,
      authenticate: async () => ({
        client_assertion: assertion,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      }),
    });
    await expect(root(fixed)).resolves.toBeDefined();
    await expect(root(fixed)).rejects.toMatchObject({ code: "replayed" });
  });
});

async function currentNonce(): Promise<string> {
  const nonces = new Map<string, string>();
  const { key } = first.options;
  await sendWithProof(
    {
      key,
      method: "POST",
      url: `${gate.issuer}/token`,
      body: "grant_type=client_credentials",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    },
    nonces,
    fetch,
  );
  return nonces.get(gate.issuer) ?? "";
}

describe("authority only shrinks (invariant 2)", () => {
  it("narrows by continuation, and never widens again", async () => {
    const wide = (await root(first)).accessToken;
    const narrow = (await continueFrom(first, wide, { scope: "files:read" })).accessToken;
    expect(claimsOf(narrow)["scope"]).toBe("files:read");
    expect(claimsOf(narrow)["txn"]).toBe(claimsOf(wide)["txn"]);
    await expect(continueFrom(first, narrow, { scope: "files:read files:write" })).rejects.toMatchObject({
      code: "invalid_scope",
    });
    expect(claimsOf((await continueFrom(first, narrow)).accessToken)["scope"]).toBe("files:read");
  });

  it("never outlives the parent", async () => {
    const parent = (await root(first)).accessToken;
    const child = (await continueFrom(first, parent)).accessToken;
    expect(Number(claimsOf(child)["exp"])).toBeLessThanOrEqual(Number(claimsOf(parent)["exp"]));
  });
});

describe("a chain is never spliced, truncated or forged (invariant 3)", () => {
  it("nests the actor at each rebind and keeps the subject", async () => {
    const atSecond = (await rebindFrom(second, await handOff(first, "second"))).accessToken;
    expect(claimsOf(atSecond)).toMatchObject({
      sub: "first",
      act: { sub: "second" },
      cnf: { jkt: second.options.key.jkt },
    });
    const onward = (await continueFrom(second, atSecond, { resource: agentAt("third") })).accessToken;
    const atThird = (await rebindFrom(third, onward)).accessToken;
    expect(claimsOf(atThird)).toMatchObject({ sub: "first", act: { sub: "third", act: { sub: "second" } } });
  });

  it("takes a hand-off token once", async () => {
    const token = await handOff(first, "second");
    await expect(rebindFrom(second, token)).resolves.toBeDefined();
    await expect(rebindFrom(second, token)).rejects.toMatchObject({ code: "replayed" });
  });

  it("refuses a stolen token of another's: by continuation, by rebind, by an agent without an edge", async () => {
    const toolToken = (await root(first)).accessToken;
    await expect(continueFrom(stranger, toolToken)).rejects.toMatchObject({ code: "invalid_grant" });
    await expect(rebindFrom(stranger, toolToken)).rejects.toMatchObject({ code: "chain_invalid" });
    await expect(rebindFrom(second, toolToken)).rejects.toMatchObject({ code: "chain_invalid" });
    await expect(rebindFrom(third, await handOff(first, "second"))).rejects.toMatchObject({
      code: "chain_invalid",
    });
    await expect(handOff(first, "third")).rejects.toMatchObject({ code: "actor_unauthorized" });
    await expect(handOff(stranger, "second")).rejects.toMatchObject({ code: "actor_unauthorized" });
  });

  it("refuses a delegated token as actor token", async () => {
    const delegated = (await rebindFrom(second, await handOff(first, "second"))).accessToken;
    const token = await handOff(first, "second");
    const request = continueFrom(second, token, { actor_token: delegated, actor_token_type: ACCESS_TOKEN });
    await expect(request).rejects.toMatchObject({ code: "invalid_grant" });
  });
});

describe("revocation (invariant 7)", () => {
  it("of a token kills what was cut from it, at once and after a restart", async () => {
    const parent = (await root(first)).accessToken;
    const child = (await continueFrom(first, parent)).accessToken;
    const name = createHash("sha256")
      .update(String(claimsOf(parent)["jti"]))
      .digest("base64url");
    await gate.instance().containment.revoke({ kind: "token", id: name, by: "operator", reason: "test" });
    await expect(continueFrom(first, child)).rejects.toMatchObject({ code: "revoked" });
    await gate.restart();
    await expect(continueFrom(first, child)).rejects.toMatchObject({ code: "revoked" });
    await expect(root(first)).resolves.toBeDefined();
  });

  it("of an agent is not undone by reactivating it", async () => {
    const before = (await root(stranger)).accessToken;
    const { registry } = gate.instance();
    const by = { operator: "AAAAAAAAAAAAAAAAAAAAAA", jws: "signed.by.test" };
    await registry.changeLifecycle({ id: "stranger", to: "suspended", reason: "test" }, by);
    await expect(root(stranger)).rejects.toMatchObject({ code: "agent_inactive" });
    await registry.changeLifecycle({ id: "stranger", to: "active", reason: "test" }, by);
    await expect(continueFrom(stranger, before)).rejects.toMatchObject({ code: "revoked" });
    await expect(root(stranger)).resolves.toBeDefined();
  });
});

describe("sessions of the SDK", () => {
  it("hand a task on, and the other agent gets tokens for what it was handed", async () => {
    const session = openSession(first);
    const handed = await session.delegate("second", { scope: ["files:read"] });
    const token = await acceptHandOff(second, handed).token(files());
    expect(claimsOf(token)).toMatchObject({ scope: "files:read", act: { sub: "second" } });
  });
});

describe("every refusal of an authenticated agent is on record", () => {
  it("leaves one decision leaf per refused exchange", async () => {
    const before = gate.instance().evidence.durable.size;
    await expect(root(first, { scope: "files:admin" })).rejects.toMatchObject({ code: "invalid_scope" });
    await gate.instance().evidence.flush();
    expect(gate.instance().evidence.durable.size).toBeGreaterThan(before);
  });
});
