import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { createTokenClient, importAgentKey } from "@narrowgate/agent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_BUT_IRREVERSIBLE, everythingRegistry } from "./harness/everything-registry.ts";
import { type ForeignAgent, joinForeign } from "./harness/foreign-agent.ts";
import { sendRaw } from "./harness/raw-request.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

type Json = Record<string, unknown>;
type Header = readonly [string, string | null];

/** How one JWS differs from a good one; null takes a member away. */
interface Forgery {
  readonly header?: Json;
  readonly claims?: Json;
  readonly sign?: "none" | "hs256" | "stranger";
}

/** One request that must go nowhere. @see test/vectors/token/README.md */
interface Case {
  readonly name: string;
  readonly assertion?: Forgery;
  readonly proof?: Forgery;
  readonly token?: Forgery;
  readonly form?: readonly (readonly [string, string])[];
  readonly replace?: readonly (readonly [string, string])[];
  readonly headers?: readonly Header[];
  readonly many?: number;
  readonly padding?: number;
  readonly raw?: string;
  readonly body?: string;
  readonly method?: string;
  readonly status: number;
  readonly code: string;
}

const vectors: Record<"token_endpoint" | "gate", readonly Case[]> = JSON.parse(
  readFileSync(new URL("../vectors/token/hostile-requests.json", import.meta.url), "utf8"),
);
const FORM = "application/x-www-form-urlencoded";
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
const none: Forgery = {};

let gate: TestInstance;
let first: ForeignAgent;
let nonce: string;
let goodToken: string;

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(everythingRegistry(), ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
  first = await joinForeign(gate, "first");
  const key = await importAgentKey(first.jwk);
  const client = createTokenClient({ issuer: gate.issuer, agent: "first", key });
  goodToken = (await client.request({ grant_type: "client_credentials", resource: server() })).accessToken;
  nonce = client.nonces.get(gate.issuer) ?? "";
}, 60_000);

afterAll(() => gate.close());

const server = (): string => `${gate.issuer}/mcp/everything`;
const nowS = (): number => Math.floor(Date.now() / 1000);
const sha256 = (data: string): string => createHash("sha256").update(data).digest("base64url");
const ownKey = (): KeyObject => createPrivateKey({ key: { ...first.jwk }, format: "jwk" });
const publicJwk = (): Json => ({ kty: "EC", crv: "P-256", x: first.jwk.x, y: first.jwk.y });

/** Fills in what a vector cannot know. */
function filled(value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith("$")) return value;
  const [, sign = "", seconds] = /^\$now([+-])(\d+)$/.exec(value) ?? [];
  if (seconds !== undefined) return nowS() + Number(`${sign}${seconds}`);
  const known: Record<string, unknown> = {
    $issuer: gate.issuer,
    $token_endpoint: `${gate.issuer}/token`,
    $stranger: stranger.publicKey.export({ format: "jwk" }),
    $private: { ...first.jwk },
  };
  return known[value] ?? value;
}

function changed(base: Json, change: Json = {}): Json {
  const entries = Object.entries({ ...base, ...change }).filter(([, value]) => value !== null);
  const fill = (value: unknown): unknown => (Array.isArray(value) ? value.map(filled) : filled(value));
  return Object.fromEntries(entries.map(([name, value]) => [name, fill(value)]));
}

type Sign = (input: string) => Promise<Buffer> | Buffer;
const es256 =
  (key: KeyObject): Sign =>
  (input) =>
    sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });

/** A JWS that is good but for the forgery. @param secret - public key that an HS256 forger would use */
async function jws(
  good: { readonly header: Json; readonly claims: Json; readonly sign: Sign; readonly secret: () => string },
  forgery: Forgery = none,
): Promise<string> {
  const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(changed(good.header, forgery.header))}.${part(changed(good.claims, forgery.claims))}`;
  const by: Record<"none" | "hs256" | "stranger" | "good", Sign> = {
    none: () => Buffer.alloc(0),
    hs256: (text) => createHmac("sha256", good.secret()).update(text).digest(),
    stranger: es256(stranger.privateKey),
    good: good.sign,
  };
  return `${input}.${(await by[forgery.sign ?? "good"](input)).toString("base64url")}`;
}

const pemOf = (jwk: Json): string =>
  createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();

function assertionOf(forgery?: Forgery): Promise<string> {
  const claims = {
    iss: "first",
    sub: "first",
    aud: gate.issuer,
    iat: nowS(),
    exp: nowS() + 60,
    jti: randomUUID(),
  };
  const header = { alg: "ES256", typ: "JWT", kid: first.kid };
  return jws({ header, claims, sign: es256(ownKey()), secret: () => pemOf(publicJwk()) }, forgery);
}

function proofOf(about: Json, forgery?: Forgery): Promise<string> {
  const header = { alg: "ES256", typ: "dpop+jwt", jwk: publicJwk() };
  const claims = { jti: randomUUID(), htm: "POST", iat: nowS(), nonce, ...about };
  return jws({ header, claims, sign: es256(ownKey()), secret: () => pemOf(publicJwk()) }, forgery);
}

/** Our own token with the forgery, signed by our own key unless it says otherwise. */
function tokenOf(forgery: Forgery): Promise<string> {
  const [header = {}, claims = {}]: Json[] = goodToken
    .split(".", 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
  const { signer } = gate.instance().sts;
  const [key] = gate.instance().custody.tokenKeys();
  const own: Sign = async (input) => Buffer.from(await signer().sign(Buffer.from(input)));
  return jws({ header, claims, sign: own, secret: () => pemOf({ ...key?.jwk }) }, forgery);
}

/** Headers with the changes of a case: null takes all of a name away, a value adds one more. */
function headersOf(
  base: readonly (readonly [string, string])[],
  changes: readonly Header[] = [],
  known: Readonly<Record<string, string>> = {},
): readonly (readonly [string, string])[] {
  let headers = [...base];
  for (const [name, value] of changes) {
    if (value === null) headers = headers.filter(([other]) => other !== name);
    else headers.push([name, known[value] ?? value]);
  }
  return headers;
}

const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

async function atTokenEndpoint(row: Case): ReturnType<typeof sendRaw> {
  const fixed: (readonly [string, string])[] = [
    ["grant_type", "client_credentials"],
    ["resource", server()],
    ["client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
    ["client_assertion", await assertionOf(row.assertion)],
  ];
  const replaced = new Map(row.replace ?? []);
  const sent = [...fixed.map(([name, value]) => [name, replaced.get(name) ?? value]), ...(row.form ?? [])];
  for (let i = 0; i < (row.many ?? 0); i += 1) sent.push([`p${i}`, "x"]);
  if (row.padding !== undefined) sent.push(["p", "x".repeat(row.padding)]);
  const form = new URLSearchParams(
    sent.map(([name = "", value = ""]) => [name, value === "$deep" ? deep(1000) : value]),
  ).toString();
  const url = `${gate.issuer}/token`;
  const proof = await proofOf({ htu: url }, row.proof);
  const base = [
    ["content-type", FORM],
    ["dpop", proof],
  ] as const;
  const again = await proofOf({ htu: url });
  const body = Buffer.from(`${form}${row.raw ?? ""}`, "latin1");
  const method = row.method ?? "POST";
  const headers = headersOf(base, row.headers, { $again: again });
  return method === "GET"
    ? sendRaw(`${url}?${form}`, { method, headers, body: Buffer.alloc(0) })
    : sendRaw(url, { method, headers, body });
}

const CALL = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: {
    name: "echo",
    arguments: { message: "let through" },
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
});

async function atGate(row: Case): ReturnType<typeof sendRaw> {
  const token = row.token === undefined ? goodToken : await tokenOf(row.token);
  const about = { htu: server(), ath: sha256(token) };
  const base = [
    ["content-type", "application/json"],
    ["accept", "application/json, text/event-stream"],
    ["authorization", `DPoP ${token}`],
    ["dpop", await proofOf(about, row.proof)],
    ["mcp-protocol-version", "2026-07-28"],
    ["mcp-method", "tools/call"],
    ["mcp-name", "echo"],
  ] as const;
  const known = {
    $again: await proofOf(about),
    $bearer: `Bearer ${token}`,
    $assertion: `DPoP ${await assertionOf()}`,
  };
  const headers = headersOf(base, row.headers, known);
  const text = row.body === "$deep" ? deep(1000) : (row.body ?? CALL);
  return sendRaw(server(), { method: "POST", headers, body: Buffer.from(text.padEnd(row.padding ?? 0)) });
}

/** The stable code of a refusal, wherever the form of the answer has it. */
function codeOf(text: string): string | undefined {
  const { code, error, result } = JSON.parse(text);
  const inError = typeof error === "object" ? (error?.data?.code ?? error?.code) : undefined;
  return code ?? inError ?? result?._meta?.code;
}

describe("hostile requests at the token endpoint", () => {
  it("are made from a good one", async () => {
    const { status, text } = await atTokenEndpoint({ name: "good", status: 200, code: "" });
    expect([status, JSON.parse(text).token_type]).toEqual([200, "DPoP"]);
  });

  it.each(vectors.token_endpoint)("$name", async (row) => {
    const { status, text } = await atTokenEndpoint(row);
    expect({ status, code: codeOf(text) }).toEqual({ status: row.status, code: row.code });
    expect(text).not.toContain('access_token"');
  });
});

describe("hostile requests at the gate", () => {
  it("are made from a good one", async () => {
    const { status, text } = await atGate({ name: "good", status: 200, code: "" });
    expect([status, text]).toEqual([200, expect.stringContaining("Echo: let through")]);
  });

  it.each(vectors.gate)("$name", async (row) => {
    const { status, text } = await atGate(row);
    expect({ status, code: codeOf(text) }).toEqual({ status: row.status, code: row.code });
    expect(text).not.toContain("Echo:");
  });
});
