import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createTokenClient, openMandate, openSession, type TokenClient } from "@narrowgate/agent";
import { type MandateDocument, parseLeafBytes, parseMandateDocument } from "@narrowgate/contracts";
import { type JsonObject, type ManualClock, manualClock, randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { type IssuerKey, newIssuerKey, signToken } from "../../packages/server/test/attestation/keys.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let issuer: Server;
let issuerUrl: string;
let key: IssuerKey;
let gate: TestInstance;
let agent: TokenClient;
let clock: ManualClock;

function publish(server: Server): void {
  server.on("request", (req, res) => {
    const isKeys = req.url === "/keys";
    const body = isKeys ? { keys: [key.publicJwk] } : { issuer: issuerUrl, jwks_uri: `${issuerUrl}/keys` };
    res.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
}

const withIssuer = (settings: JsonObject = {}): JsonObject => ({
  ...chainRegistry(),
  issuers: [{ issuer: issuerUrl, uses: ["subject"], audiences: ["desk"] }],
  settings,
});

beforeEach(async () => {
  clock = manualClock(Date.now());
  key = await newIssuerKey();
  issuer = createServer();
  publish(issuer);
  issuer.listen(0, "127.0.0.1");
  await once(issuer, "listening");
  const address = issuer.address();
  issuerUrl = `http://localhost:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
  gate = await startInstance({ clock, config: { fetch: { allowed_hosts: ["localhost"] } } });
  await gate.apply(withIssuer(), TOKENS_FOR_ALL);
  const { options } = await gate.join("first");
  agent = createTokenClient({ ...options, nowMs: () => clock.nowMs() });
});
afterEach(async () => {
  await gate.close();
  issuer.closeAllConnections();
  issuer.close();
  await once(issuer, "close");
});

const nowS = (): number => Math.floor(clock.nowMs() / 1000);

function mandateOf(more: JsonObject = {}): MandateDocument {
  return parseMandateDocument({
    v: 1,
    salt: randomId(),
    agent: "first",
    subject: `${issuerUrl}#ada`,
    purpose: "tidy the files",
    authority: {
      scope: ["files:read"],
      resource: [`${gate.issuer}/mcp/files`],
      authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read"], data_class: "internal" }],
    },
    expires: nowS() + 3600,
    idleSeconds: 1800,
    ...more,
  });
}

const grant = (): Promise<string> =>
  signToken(
    key,
    {
      iss: issuerUrl,
      sub: "ada",
      aud: gate.issuer,
      client_id: "first",
      jti: randomId(),
      iat: nowS(),
      exp: nowS() + 300,
    },
    { typ: "oauth-id-jag+jwt" },
  );

describe("what a person signed once", () => {
  it("opens one mandate, over a restart too", async () => {
    const signed = await grant();
    await expect(openMandate(agent, mandateOf(), signed)).resolves.toBeTypeOf("string");
    await expect(openMandate(agent, mandateOf(), signed)).rejects.toMatchObject({ code: "invalid_grant" });
    await gate.restart();
    await expect(openMandate(agent, mandateOf(), signed)).rejects.toMatchObject({ code: "invalid_grant" });
    await expect(openMandate(agent, mandateOf(), await grant())).resolves.toBeDefined();
  });
});

describe("bounds on mandates", () => {
  it("that the registry states hold for those opened before", async () => {
    const mandate = await openMandate(agent, mandateOf());
    const token = () => openSession(agent, mandate).token(`${gate.issuer}/mcp/files`);
    await token();
    clock.advance(120_000);
    await token();
    await gate.apply(withIssuer({ mandate_idle_seconds: 60, mandate_life_seconds: 600 }));
    // Into another slot of the proofs' nonce as well, whatever the time of day: the refusal stays the same.
    clock.advance(301_000);
    await expect(token()).rejects.toMatchObject({ code: "mandate_idle" });
    await gate.instance().mandates.sweep();
    await expect(token()).rejects.toMatchObject({ code: "mandate_expired" });
    await expect(openMandate(agent, mandateOf())).rejects.toMatchObject({ code: "malformed_input" });
    await expect(openMandate(agent, mandateOf({ expires: nowS() + 600 }))).resolves.toBeDefined();
  });
});

describe("a mandate that an operator opens and closes", () => {
  it("has the operator's request sealed at both ends", async () => {
    const { mandates, store, custody, evidence } = gate.instance();
    const document = mandateOf();
    const operator = randomId();
    const { id } = await mandates.open({ document, by: "operator", request: "opened.by.operator" });
    await mandates.end(id, "closed", { by: "operator", operator, request: "closed.by.operator" });
    await evidence.flush();
    const { size } = await store.tree();
    const openings = new OpeningReader(store, custody.keyEncryption);
    const found: string[] = [];
    for (const { index, leaf } of await store.entries(0, size)) {
      const { type, id: leafId } = parseLeafBytes(leaf);
      const { proof = "{}" } = await openings.open(index, leafId);
      const { request } = JSON.parse(proof);
      if (typeof request === "string" && request.endsWith(".by.operator")) found.push(`${type} ${request}`);
    }
    expect(found).toEqual([
      "mandate opened.by.operator",
      "mandate closed.by.operator",
      "revocation closed.by.operator",
    ]);
  });
});
