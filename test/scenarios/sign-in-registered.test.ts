import { auth, Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import type { JsonObject } from "@narrowgate/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Page, type Somebody, signIn, somebody, startWithPeople } from "./harness/browser.ts";
import { BrowserClient } from "./harness/browser-client.ts";
import { ConsentApp, consentApp } from "./harness/consent-app.ts";
import { ALL_BUT_IRREVERSIBLE, consentingEverything } from "./harness/everything-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

const CALLBACK = "http://127.0.0.1:8123/callback";
const OPERATOR = { operator: "b3BlcmF0b3ItMDAwMDAwMQ", jws: "signed.by.test" };
const OPEN = { method: "consent", registration: "open" };

let gate: TestInstance;
let grace: Somebody;

/** `first` has these rules, `second` those. */
async function applied(first: JsonObject, second: JsonObject = { method: "enrolment" }): Promise<void> {
  const { agents, ...rest } = consentingEverything([first]);
  const [one, two] = (Array.isArray(agents) ? agents : []).map((agent) => Object(agent));
  await gate.apply({ ...rest, agents: [one, { ...two, bindings: [second] }] }, ALL_BUT_IRREVERSIBLE);
}

beforeAll(async () => {
  gate = await startWithPeople();
  await applied(OPEN);
  await gate.pin("everything");
  grace = await somebody(gate, "grace");
}, 60_000);
beforeEach(() => applied(OPEN));
afterAll(() => gate.close());

async function metadata(): Promise<Record<string, unknown>> {
  return (await fetch(`${gate.issuer}/.well-known/oauth-authorization-server`)).json();
}

async function register(sent: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${gate.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof sent === "string" ? sent : JSON.stringify(sent),
  });
  return { status: answer.status, body: await answer.json() };
}

async function walk(asked: URL | undefined): Promise<{ page: Page; back: URLSearchParams }> {
  const page = await grace.browser.go((await grace.browser.go(asked?.href ?? "")).location);
  const answered = await grace.browser.submit(page, "yes");
  return { page, back: new URL((await grace.browser.go(answered.location)).location).searchParams };
}

const transport = (authProvider: BrowserClient): StreamableHTTPClientTransport =>
  new StreamableHTTPClientTransport(new URL(`${gate.issuer}/mcp/everything`), { authProvider });
const make = (): Client => new Client({ name: "foreign", version: "1.0.0" });

describe("a client that registers itself", () => {
  it("is the official MCP client, which does it by itself; the person reads that nobody vouches for it", async () => {
    const provider = new BrowserClient(CALLBACK);
    const serverUrl = new URL(`${gate.issuer}/mcp/everything`);
    await expect(make().connect(transport(provider))).rejects.toThrow(UnauthorizedError);
    const { page, back } = await walk(provider.asked);
    expect(page.text).toContain("May first act for you?");
    expect(page.text).toContain("The program registered itself");
    expect(page.text).toContain("Somebody&#39;s editor");
    await transport(provider).finishAuth(back);
    const client = make();
    await client.connect(transport(provider));
    const answer = await client.callTool({ name: "echo", arguments: { message: "hello" } });
    expect(answer).toMatchObject({ content: [{ type: "text", text: "Echo: hello" }] });
    const list = await grace.browser.go(`${gate.issuer}/people/consents`);
    expect(JSON.parse(list.text).consents[0]).toMatchObject({ untrusted_name: "Somebody's editor" });
    await gate.restart();
    await signIn(gate, grace.passkey, grace.browser);
    expect(await auth(provider, { serverUrl })).toBe("AUTHORIZED");
    await applied({ method: "enrolment" });
    await expect(auth(provider, { serverUrl })).rejects.toThrow("clients cannot register themselves");
  });

  it("gets no secret, and what it asked for beside is replaced", async () => {
    const { status, body } = await register({
      redirect_uris: [CALLBACK, "http://localhost:3000/cb", CALLBACK],
      client_name: "editor",
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "client_credentials"],
      scope: "everything:write",
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      redirect_uris: [CALLBACK, "http://localhost:3000/cb"],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
    });
    expect(Object.keys(body)).not.toContain("client_secret");
    expect(Object.keys(body)).not.toContain("scope");
  });

  it.each([
    ["https elsewhere", ["https://evil.example/cb"]],
    ["a host that begins like loopback", ["http://127.0.0.1.evil.example/cb"]],
    ["a user in front of a host", ["http://localhost:80@evil.example/cb"]],
    ["a scheme of its own", ["editor://cb"]],
    ["a fragment", ["http://127.0.0.1/cb#x"]],
    ["a backslash", ["http://127.0.0.1/\\evil"]],
    ["none", []],
    ["too many", Array.from({ length: 6 }, (_, i) => `http://127.0.0.1/${i}`)],
    ["one that is fit and one that is not", [CALLBACK, "https://evil.example/cb"]],
  ])("is refused with addresses: %s", async (_, uris) => {
    const { status, body } = await register({ redirect_uris: uris });
    expect([status, body["error"]]).toEqual([
      400,
      uris.length === 0 ? "invalid_client_metadata" : "invalid_redirect_uri",
    ]);
  });

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a name of two lines", { redirect_uris: [CALLBACK], client_name: "a\nb" }],
    ["a name that is too long", { redirect_uris: [CALLBACK], client_name: "a".repeat(65) }],
    ["another flow", { redirect_uris: [CALLBACK], response_types: ["token"] }],
    ["a grant of machines alone", { redirect_uris: [CALLBACK], grant_types: ["client_credentials"] }],
    ["too much together", { redirect_uris: [1, 2, 3].map((n) => `http://127.0.0.1/${n}${"a".repeat(200)}`) }],
  ])("is refused with %s", async (_, sent) => {
    expect((await register(sent)).body).toMatchObject({ error: "invalid_client_metadata" });
  });

  it.each([
    ["an address beyond the rules", ["", "https://evil.example/cb"]],
    ["a name that hides something", ["a\u202eb", CALLBACK]],
    ["no address", ["x"]],
    ["an object", { redirect_uris: [CALLBACK] }],
  ])("cannot make up an id with %s", async (_, content) => {
    const id = `registered:${Buffer.from(JSON.stringify(content)).toString("base64url")}`;
    const begun = await (await consentApp(gate, id)).plain(grace.browser, {
      redirect_uri: Array.isArray(content) ? (content.at(-1) ?? "") : CALLBACK,
    });
    expect([begun.status, begun.location]).toEqual([400, ""]);
  });

  it("has one id, in one spelling", async () => {
    const { body } = await register({ redirect_uris: [CALLBACK] });
    for (const id of [`${body["client_id"]}=`, `${body["client_id"]}A`]) {
      const begun = await (await consentApp(gate, id)).plain(grace.browser);
      expect(begun.status).toBe(400);
    }
    const app = await consentApp(gate, String(body["client_id"]));
    expect(app).toBeInstanceOf(ConsentApp);
    expect(
      (await app.plain(grace.browser, { scope: "", resource: `${gate.issuer}/mcp/everything` })).status,
    ).toBe(303);
  });

  it("may not write to people beside the browser", async () => {
    const { body } = await register({ redirect_uris: [CALLBACK] });
    const app = await consentApp(gate, String(body["client_id"]));
    await app.tokens(grace.browser, { scope: "", resource: `${gate.issuer}/mcp/everything` });
    const asked = await app.beside({
      scope: "openid",
      login_hint: grace.ref,
      resource: `${gate.issuer}/mcp/everything`,
    });
    expect(asked.text).toContain("is not allowed for this client");
  });
});

describe("registration", () => {
  it("is off unless one agent is open to it, and off again at once", async () => {
    expect(await metadata()).toMatchObject({ registration_endpoint: `${gate.issuer}/register` });
    const { body } = await register({ redirect_uris: [CALLBACK] });
    await applied({ method: "consent", redirect_uris: [CALLBACK] });
    expect(Object.keys(await metadata())).not.toContain("registration_endpoint");
    expect((await register({ redirect_uris: [CALLBACK] })).status).toBe(404);
    const begun = await (await consentApp(gate, String(body["client_id"]))).plain(grace.browser);
    expect([begun.status, begun.text.includes("invalid_client")]).toEqual([400, true]);
  });

  it("is off while its agent is suspended", async () => {
    const { registry } = gate.instance();
    const turn = (to: "suspended" | "active") =>
      registry.changeLifecycle({ id: "first", to, reason: "a test" }, OPERATOR);
    await turn("suspended");
    const { status } = await register({ redirect_uris: [CALLBACK] });
    await turn("active");
    expect(status).toBe(404);
  });

  it("is of one agent alone", async () => {
    await expect(applied(OPEN, OPEN)).rejects.toThrow("open to registration already");
    await expect(applied({ method: "enrolment" }, OPEN)).resolves.toBeUndefined();
  });
});
