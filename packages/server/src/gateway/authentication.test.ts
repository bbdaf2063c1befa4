import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeKey, makeProof, signJws } from "../../test/gateway/agent-key.ts";
import type { Composed } from "../../test/gateway/composed-gateway.ts";
import { modern, type RawRequest, send } from "../../test/gateway/governed-fetch.ts";
import { composeScripted } from "../../test/gateway/scripted-server.ts";

const good = modern("tools/call", { name: "ok", arguments: {} });

async function codeOf(response: Response): Promise<string> {
  const body = JSON.parse(await response.text());
  return body.error?.data?.code ?? body.result?._meta?.code ?? "answered";
}

describe("who calls is proven on every request", () => {
  let gate: Composed;
  beforeAll(async () => {
    gate = await composeScripted(["ok"]);
  });
  afterAll(() => gate.close());
  const sendGood = (over: RawRequest): Promise<Response> => send(gate, "scripted", { ...good, ...over });

  it("tells a client without token where to get one, with the scopes it needs and the algorithms", async () => {
    const response = await sendGood({});
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe(
      `DPoP scope="test:use", resource_metadata="${gate.baseUrl}/.well-known/oauth-protected-resource/mcp/scripted", algs="ES256"`,
    );
    expect(response.headers.get("dpop-nonce")).toBe(gate.nonce());
  });

  it("takes no bearer token, also not one that is bound", async () => {
    const response = await sendGood({
      headers: { ...good.headers, Authorization: `Bearer ${gate.token("scripted")}` },
    });
    expect([response.status, await codeOf(response)]).toEqual([401, "bearer_refused"]);
    expect(response.headers.get("www-authenticate")).toMatch(/^DPoP error="invalid_token"/);
  });

  it("hands out the nonce when it is missing", async () => {
    const token = gate.token("scripted");
    const proof = makeProof(gate.key, { method: "POST", url: gate.url("scripted"), token });
    const response = await sendGood({ token, proof });
    expect([response.status, await codeOf(response)]).toEqual([401, "use_dpop_nonce"]);
    expect(response.headers.get("www-authenticate")).toContain('error="use_dpop_nonce"');
    expect(response.headers.get("dpop-nonce")).toBe(gate.nonce());
  });

  it("takes a proof once", async () => {
    const token = gate.token("scripted");
    const proof = makeProof(gate.key, {
      method: "POST",
      url: gate.url("scripted"),
      token,
      nonce: gate.nonce(),
    });
    expect((await sendGood({ token, proof })).status).toBe(200);
    const again = await sendGood({ token, proof });
    expect([again.status, await codeOf(again)]).toEqual([401, "replayed"]);
  });

  const proofs: readonly (readonly [
    string,
    (token: string, proof: Parameters<typeof makeProof>[1]) => string | null,
  ])[] = [
    ["no proof", () => null],
    ["a proof for another method", (_t, p) => makeProof(gate.key, { ...p, method: "GET" })],
    ["a proof for another address", (_t, p) => makeProof(gate.key, { ...p, url: `${p.url}x` })],
    ["a proof for another token", (_t, p) => makeProof(gate.key, { ...p, token: "other" })],
    ["a proof by another key", (_t, p) => makeProof(makeKey(), p)],
    ["a proof from the past", (_t, p) => makeProof(gate.key, { ...p, claims: { iat: 1_600_000_000 } })],
    ["a proof over another body", (_t, p) => makeProof(gate.key, { ...p, body: "other" })],
    ["two proofs in one header", (_t, p) => `${makeProof(gate.key, p)}, ${makeProof(gate.key, p)}`],
  ];
  it.each(proofs)("refuses %s", async (_what, make) => {
    const token = gate.token("scripted");
    const proof = make(token, { method: "POST", url: gate.url("scripted"), token, nonce: gate.nonce() });
    const response = await sendGood({ token, proof });
    expect([response.status, await codeOf(response)]).toEqual([401, "invalid_dpop_proof"]);
  });

  it("refuses a second DPoP header", async () => {
    const token = gate.token("scripted");
    const proof = (): string =>
      makeProof(gate.key, { method: "POST", url: gate.url("scripted"), token, nonce: gate.nonce() });
    const status = await new Promise((resolve, reject) => {
      const headers = {
        ...good.headers,
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
      };
      const req = request(gate.url("scripted"), {
        method: "POST",
        headers: { ...headers, Authorization: `DPoP ${token}`, DPoP: [proof(), proof()] },
      });
      req.on("response", (res) => {
        res.resume();
        resolve(res.statusCode);
      });
      req.on("error", reject);
      req.end(good.body);
    });
    expect(status).toBe(401);
  });

  const tokens: readonly (readonly [string, () => string])[] = [
    ["nonsense", () => "nonsense"],
    [
      "a token for another server",
      () =>
        gate.token("scripted", { claims: { aud: gate.url("other") }, ng: { reach: [gate.url("other")] } }),
    ],
    [
      "a token whose audience differs by a slash",
      () =>
        gate.token("scripted", {
          claims: { aud: `${gate.url("scripted")}/` },
          ng: { reach: [`${gate.url("scripted")}/`] },
        }),
    ],
    ["a hand-off token", () => gate.token("scripted", { claims: { aud: `${gate.baseUrl}/agents/triage` } })],
    [
      "a token that has expired",
      () => gate.token("scripted", { claims: { iat: 1_600_000_000, exp: 1_600_000_300 } }),
    ],
    ["a token of another environment", () => gate.token("scripted", { ng: { env: "prod" } })],
    ["a token of another issuer", () => gate.token("scripted", { claims: { iss: "https://other.test" } })],
    [
      "a token of another transaction than its mandate",
      () => gate.token("scripted", { claims: { txn: "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA" } }),
    ],
    [
      "a token signed by a stranger",
      () =>
        `${gate.token("scripted").split(".").slice(0, 2).join(".")}.${signJws(makeKey().privateKey, {}, {}).split(".")[2]}`,
    ],
    ["a token without signature", () => `${gate.token("scripted").split(".").slice(0, 2).join(".")}.`],
  ];
  it.each(tokens)("refuses %s", async (_what, make) => {
    const response = await sendGood({ token: make() });
    expect([response.status, await codeOf(response)]).toEqual([401, "invalid_token"]);
  });

  it("refuses what has no open mandate or no active agent", async () => {
    const mandate = await sendGood({
      token: gate.token("scripted", { ng: { mandate: "AAAAAAAAAAAAAAAAAAAAAA" } }),
    });
    expect([mandate.status, await codeOf(mandate)]).toEqual([401, "mandate_unknown"]);
    gate.setAgent({ state: "suspended" });
    const agent = await sendGood({ token: gate.token("scripted") });
    gate.setAgent({ state: "active", expires: 1 });
    const expired = await sendGood({ token: gate.token("scripted") });
    gate.setAgent({ expires: 4_000_000_000 });
    expect([agent.status, await codeOf(agent)]).toEqual([403, "agent_inactive"]);
    expect([expired.status, await codeOf(expired)]).toEqual([403, "agent_expired"]);
  });

  it("refuses a token whose intent is not what its mandate declares", async () => {
    const token = gate.token("scripted", { ng: { intent: "A".repeat(43) } });
    const response = await sendGood({ token });
    expect([response.status, await codeOf(response)]).toEqual([401, "invalid_token"]);
  });

  it("holds tier T3 to the person's own word, and asks for no more of others", async () => {
    const token = gate.token("scripted", { ng: { basis: "asserted_by_agent" } });
    expect((await sendGood({ token })).status).toBe(200);
    gate.setAgent({ tier: "T3" });
    const response = await sendGood({ token });
    gate.setAgent({ tier: "T2" });
    expect(await codeOf(response)).toBe("subject_unproven");
  });

  it("puts attributable refusals on record without inputs, and others not at all", async () => {
    const before = gate.log.leaves.length;
    await sendGood({ token: "nonsense" });
    expect(gate.log.leaves.length).toBe(before);
    await sendGood({
      token: gate.token("scripted", {
        claims: { aud: gate.url("other") },
        ng: { reach: [gate.url("other")] },
      }),
    });
    const draft = gate.log.leaves.at(-1)?.draft;
    expect(draft).toMatchObject({
      type: "decision",
      body: { action: "call", verdict: "refuse", code: "invalid_token" },
    });
    expect(draft).not.toHaveProperty("inputs");
  });

  it("refuses what was revoked from the next request on, and does not hear that it is back", async () => {
    const token = gate.token("scripted");
    expect((await sendGood({ token })).status).toBe(200);
    gate.revoke("agent");
    const response = await sendGood({ token });
    expect([response.status, await codeOf(response)]).toEqual([401, "revoked"]);
  });

  it("describes itself as a resource, whole and per server", async () => {
    const one = await fetch(`${gate.baseUrl}/.well-known/oauth-protected-resource/mcp/scripted`);
    expect(await one.json()).toMatchObject({
      resource: gate.url("scripted"),
      authorization_servers: [gate.baseUrl],
      scopes_supported: ["test:use"],
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: ["ES256"],
    });
    const root = await fetch(`${gate.baseUrl}/.well-known/oauth-protected-resource`);
    expect(await root.json()).toMatchObject({ resource: gate.baseUrl });
    expect((await fetch(`${gate.baseUrl}/.well-known/oauth-protected-resource/mcp/none`)).status).toBe(404);
  });
});
