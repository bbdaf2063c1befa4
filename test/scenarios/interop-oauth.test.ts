import { importAgentKey, signClientAssertion } from "@narrowgate/agent";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_BUT_IRREVERSIBLE, everythingRegistry } from "./harness/everything-registry.ts";
import { type ForeignAgent, joinForeign } from "./harness/foreign-agent.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const PLAIN = { [oauth.allowInsecureRequests]: true };

let gate: TestInstance;
let first: ForeignAgent;
let second: ForeignAgent;
const server = (): string => `${gate.issuer}/mcp/everything`;

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(everythingRegistry(), ALL_BUT_IRREVERSIBLE);
  [first, second] = [await joinForeign(gate, "first"), await joinForeign(gate, "second")];
}, 60_000);

afterAll(() => gate.close());

/** oauth4webapi as one agent: each request is repeated once when the server asks for its nonce, as its author shows. */
function withOauth4webapi(agent: ForeignAgent) {
  const who: oauth.Client = { client_id: agent.id };
  const authenticate = oauth.PrivateKeyJwt({ key: agent.pair.privateKey, kid: agent.kid });
  const DPoP = oauth.DPoP(who, agent.pair);
  let as: oauth.AuthorizationServer | undefined;
  const discover = async (algorithm: "oauth2" | "oidc" = "oauth2") => {
    const issuer = new URL(gate.issuer);
    const response = await oauth.discoveryRequest(issuer, { algorithm, ...PLAIN });
    return oauth.processDiscoveryResponse(issuer, response);
  };
  const server = async () => (as ??= await discover());
  const twice = async <T>(run: () => Promise<T>): Promise<{ readonly value: T; readonly asked: boolean }> => {
    try {
      return { value: await run(), asked: false };
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return { value: await run(), asked: true };
    }
  };
  const grant = (type: string, parameters: Record<string, string>) =>
    twice(async () => {
      const options = { DPoP, ...PLAIN };
      const found = await server();
      const response = await oauth.genericTokenEndpointRequest(
        found,
        who,
        authenticate,
        type,
        parameters,
        options,
      );
      return oauth.processGenericTokenEndpointResponse(found, who, response);
    });
  return { who, authenticate, DPoP, discover, server, twice, grant };
}

describe("oauth4webapi", () => {
  it("finds the metadata by both kinds of discovery", async () => {
    const { discover } = withOauth4webapi(first);
    const [one, two] = [await discover("oauth2"), await discover("oidc")];
    expect(one).toEqual(two);
    expect(one).toMatchObject({ issuer: gate.issuer, token_endpoint: `${gate.issuer}/token` });
  });

  it("gets a bound token with client credentials, after the nonce was asked for", async () => {
    const { who, authenticate, DPoP, server: found, twice } = withOauth4webapi(first);
    const { value, asked } = await twice(async () => {
      const parameters = { resource: server(), scope: "everything:read" };
      const options = { DPoP, ...PLAIN };
      const response = await oauth.clientCredentialsGrantRequest(
        await found(),
        who,
        authenticate,
        parameters,
        options,
      );
      return oauth.processClientCredentialsResponse(await found(), who, response);
    });
    expect(asked).toBe(true);
    expect(value).toMatchObject({ token_type: "dpop", scope: "everything:read", expires_in: 300 });
  });

  it("exchanges: continues, hands off, and the next agent rebinds", async () => {
    const [one, two] = [withOauth4webapi(first), withOauth4webapi(second)];
    const root = (await one.grant("client_credentials", { resource: server() })).value;
    const subject = (token: string, resource: string) => ({
      subject_token: token,
      subject_token_type: ACCESS_TOKEN,
      resource,
    });
    const narrow = await one.grant(EXCHANGE, {
      ...subject(root.access_token, server()),
      scope: "everything:read",
    });
    expect(narrow.value).toMatchObject({ scope: "everything:read", issued_token_type: ACCESS_TOKEN });
    const handed = await one.grant(EXCHANGE, subject(root.access_token, `${gate.issuer}/agents/second`));
    const own = await two.grant("client_credentials", { resource: server() });
    const rebound = await two.grant(EXCHANGE, {
      ...subject(handed.value.access_token, server()),
      actor_token: own.value.access_token,
      actor_token_type: ACCESS_TOKEN,
    });
    expect(claimsOf(rebound.value.access_token)).toMatchObject({ sub: "first", act: { sub: "second" } });
  });

  it("reads a refusal as an OAuth error", async () => {
    const { grant } = withOauth4webapi(first);
    const wrong = grant("client_credentials", { resource: server(), scope: "everything:admin" });
    await expect(wrong).rejects.toMatchObject({ error: "invalid_scope", status: 400 });
  });

  it("introspects a token of its own, revokes it, and finds it dead (RFC 7662, RFC 7009)", async () => {
    const { who, authenticate, server: found, grant } = withOauth4webapi(first);
    const { access_token } = (await grant("client_credentials", { resource: server() })).value;
    const { access_token: child } = (
      await grant(EXCHANGE, {
        subject_token: access_token,
        subject_token_type: ACCESS_TOKEN,
        resource: server(),
      })
    ).value;
    const look = async (agent: ForeignAgent, token: string) => {
      const as = agent === first ? { who, authenticate } : withOauth4webapi(agent);
      const response = await oauth.introspectionRequest(await found(), as.who, as.authenticate, token, PLAIN);
      return oauth.processIntrospectionResponse(await found(), as.who, response);
    };
    expect(await look(first, child)).toMatchObject({
      active: true,
      token_type: "DPoP",
      client_id: "first",
      aud: server(),
      cnf: { jkt: first.kid },
    });
    expect(await look(second, child)).toEqual({ active: false });
    expect(await look(first, `${child}x`)).toEqual({ active: false });
    const revoke = async (agent: ForeignAgent) => {
      const as = withOauth4webapi(agent);
      const response = await oauth.revocationRequest(
        await found(),
        as.who,
        as.authenticate,
        access_token,
        PLAIN,
      );
      await oauth.processRevocationResponse(response);
    };
    await revoke(second);
    expect(await look(first, child)).toMatchObject({ active: true });
    await revoke(first);
    expect(await look(first, access_token)).toEqual({ active: false });
    expect(await look(first, child)).toEqual({ active: false });
  });
});

describe("introspection and revocation", () => {
  const form = async (path: string, more: readonly (readonly [string, string])[], type?: string) => {
    const key = await importAgentKey(first.jwk);
    const kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const body = new URLSearchParams([
      ["token", "a.b.c"],
      ["client_assertion_type", kind],
      ["client_assertion", await signClientAssertion(key, "first", gate.issuer, Date.now())],
      ...more.map(([name, value]) => [name, value]),
    ]).toString();
    const headers = { "content-type": type ?? "application/x-www-form-urlencoded" };
    const response = await fetch(`${gate.issuer}${path}`, { method: "POST", headers, body });
    return { status: response.status, body: await response.json() };
  };

  it.each(["/introspect", "/revoke"])("%s refuses what could be understood in two ways", async (path) => {
    expect(await form(path, [])).toMatchObject({ status: 200 });
    const refused = (status: number, code: string) => ({ status, body: { code } });
    expect(await form(path, [["token", "d.e.f"]])).toMatchObject(refused(400, "invalid_request"));
    expect(await form(path, [["client_id", "second"]])).toMatchObject(refused(401, "invalid_client"));
    expect(await form(path, [], "text/plain")).toMatchObject(refused(400, "invalid_request"));
  });

  it("the address for logins sends nobody to an address that no client registered", async () => {
    const answer = await fetch(`${gate.issuer}/authorize?redirect_uri=https://elsewhere.example`, {
      redirect: "manual",
    });
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    expect(await answer.text()).toContain("invalid_request");
  });
});

describe("openid-client", () => {
  const configure = (agent: ForeignAgent) =>
    client.discovery(
      new URL(gate.issuer),
      agent.id,
      undefined,
      client.PrivateKeyJwt({ key: agent.pair.privateKey, kid: agent.kid }),
      { algorithm: "oauth2", execute: [client.allowInsecureRequests] },
    );

  it("discovers, gets a bound token, and repeats by itself when asked for the nonce", async () => {
    const config = await configure(first);
    const DPoP = client.getDPoPHandle(config, first.pair);
    const token = await client.clientCredentialsGrant(config, { resource: server() }, { DPoP });
    expect(token).toMatchObject({ token_type: "dpop" });
    expect(claimsOf(token.access_token)).toMatchObject({ cnf: { jkt: first.kid }, aud: server() });
  });

  it("exchanges: continues, hands off, and the next agent rebinds", async () => {
    const [one, two] = [await configure(first), await configure(second)];
    const [ofFirst, ofSecond] = [
      client.getDPoPHandle(one, first.pair),
      client.getDPoPHandle(two, second.pair),
    ];
    const root = await client.clientCredentialsGrant(one, { resource: server() }, { DPoP: ofFirst });
    const exchange = (target: string) => ({
      subject_token: root.access_token,
      subject_token_type: ACCESS_TOKEN,
      resource: target,
    });
    const next = `${gate.issuer}/agents/second`;
    const handed = await client.genericGrantRequest(one, EXCHANGE, exchange(next), { DPoP: ofFirst });
    const own = await client.clientCredentialsGrant(two, { resource: server() }, { DPoP: ofSecond });
    const rebound = await client.genericGrantRequest(
      two,
      EXCHANGE,
      {
        subject_token: handed.access_token,
        subject_token_type: ACCESS_TOKEN,
        actor_token: own.access_token,
        actor_token_type: ACCESS_TOKEN,
        resource: server(),
        scope: "everything:read",
      },
      { DPoP: ofSecond },
    );
    expect(claimsOf(rebound.access_token)).toMatchObject({
      sub: "first",
      act: { sub: "second" },
      scope: "everything:read",
      cnf: { jkt: second.kid },
    });
  });

  it("introspects and revokes", async () => {
    const config = await configure(first);
    const DPoP = client.getDPoPHandle(config, first.pair);
    const { access_token } = await client.clientCredentialsGrant(config, { resource: server() }, { DPoP });
    expect(await client.tokenIntrospection(config, access_token)).toMatchObject({ active: true });
    await client.tokenRevocation(config, access_token);
    expect(await client.tokenIntrospection(config, access_token)).toEqual({ active: false });
  });
});

function claimsOf(jws: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8"));
}
