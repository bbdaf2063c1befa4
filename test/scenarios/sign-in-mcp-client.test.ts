import { auth, Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { startWithPeople } from "./harness/browser.ts";
import { BrowserClient } from "./harness/browser-client.ts";
import { type CallbackApp, startCallbackApp } from "./harness/callback-app.ts";
import { type ChromiumPerson, enrolAtChromium, signInToConsent } from "./harness/chromium-person.ts";
import { type DocumentHost, startDocumentHost } from "./harness/document-host.ts";
import { ALL_BUT_IRREVERSIBLE, consentingEverything } from "./harness/everything-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";
import { failedRules, verifiedExport } from "./harness/verified-export.ts";

let browser: Browser;
let gate: TestInstance;
let app: CallbackApp;
let host: DocumentHost;
let grace: ChromiumPerson;
/** What the page said that was answered last. */
let shown = "";
const url = (): URL => new URL(`${gate.issuer}/mcp/everything`);

beforeAll(async () => {
  browser = await openBrowser();
  app = await startCallbackApp();
  host = await startDocumentHost();
  gate = await startWithPeople({ config: { fetch: host.fetch } });
  const { agents, ...rest } = consentingEverything([{ method: "consent", client_id: host.url }]);
  const [first] = Array.isArray(agents) ? agents : [];
  await gate.apply({ ...rest, agents: [{ ...Object(first), delegates: [] }] }, ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
  grace = await enrolAtChromium(browser, gate, "Grace");
}, 120_000);
afterAll(async () => {
  await browser.close();
  await gate.close();
  app.close();
  await host.close();
});

/** Goes where the client asked to, from its own page; signs in if she has to, and allows it. */
async function allow(page: Page, asked: URL | undefined, agent: string): Promise<URLSearchParams> {
  const returned = app.returned();
  await page.goto(app.url);
  await page.evaluate((to) => location.assign(to), asked?.href ?? "");
  const question = page.getByRole("heading", { name: `May ${agent} act for you?` });
  const door = page.getByRole("button", { name: "Sign in with a passkey" });
  await question.or(door).waitFor();
  if (await door.isVisible()) await signInToConsent(page, agent);
  shown = (await page.textContent("main")) ?? "";
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "back" }).waitFor();
  return returned;
}

const make = (): Client =>
  new Client({ name: "foreign", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
const transportOf = (authProvider: BrowserClient): StreamableHTTPClientTransport =>
  new StreamableHTTPClientTransport(url(), { authProvider });

/** Back from the browser with the code, as a client of the SDK would: a new connection with the token. */
async function comeBack(provider: BrowserClient, agent = "first"): Promise<Client> {
  const back = await allow(grace.page, provider.asked, agent);
  expect(back.get("state")).toBe(provider.sentState);
  await transportOf(provider).finishAuth(back);
  const client = make();
  await client.connect(transportOf(provider));
  return client;
}

/** It is sent to a browser when it tries to connect. */
async function signedIn(provider: BrowserClient): Promise<Client> {
  await expect(make().connect(transportOf(provider))).rejects.toThrow(UnauthorizedError);
  return comeBack(provider);
}

interface Shown {
  readonly mandate: string;
  readonly agent: string;
  readonly client_id: string;
  readonly txn: string;
}

async function consents(page: Page): Promise<readonly Shown[]> {
  await page.goto(`${gate.issuer}/people/consents`);
  return JSON.parse((await page.textContent("body")) ?? "").consents;
}

async function withdraw({ context }: ChromiumPerson, mandate: string): Promise<number> {
  const headers = { origin: gate.issuer, "content-type": "application/json" };
  const sent = { headers, data: JSON.stringify({ mandate }) };
  return (await context.request.post(`${gate.issuer}/people/consents/withdraw`, sent)).status();
}

const echo = { name: "echo", arguments: { message: "for Grace" } };

describe("the official MCP client 2.4, with its own sign-in through a real browser", () => {
  let provider: BrowserClient;
  let client: Client;

  it("finds the way from the server's address, is allowed by a person, and calls a tool under her mandate", async () => {
    host.publish({
      client_id: host.url,
      client_name: "Somebody's editor",
      redirect_uris: ["http://127.0.0.1/callback"],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
    });
    provider = new BrowserClient(app.callback, host.url);
    client = await signedIn(provider);
    expect(provider.tokens()?.token_type.toLowerCase()).toBe("dpop");
    const answer = await client.callTool(echo);
    expect(answer).toMatchObject({ content: [{ type: "text", text: "Echo: for Grace" }] });
    const [mine, ...others] = await consents(grace.page);
    expect(mine).toMatchObject({ agent: "first", client_id: host.url });
    expect(others).toEqual([]);
    expect(shown).toContain("toggle-simulated-logging (not with the scopes below");
    expect(shown).not.toContain("echo (not");
    const report = await verifiedExport(gate, mine?.txn ?? "");
    expect(failedRules(report)).toEqual([]);
    expect(JSON.stringify(report)).toContain("echo");
  });

  it("renews its token by itself, with the key of the consent", async () => {
    const before = provider.tokens()?.access_token;
    expect(await auth(provider, { serverUrl: url() })).toBe("AUTHORIZED");
    expect(provider.tokens()?.access_token).not.toBe(before);
    expect((await client.callTool(echo)).isError).not.toBe(true);
  });

  it("asks the person again when a tool needs more than she allowed", async () => {
    const write = { name: "toggle-simulated-logging", arguments: {} };
    await expect(client.callTool(write)).rejects.toThrow();
    expect(provider.asked?.searchParams.get("scope")).toMatch(/^everything:read everything:write( |$)/);
    client = await comeBack(provider);
    expect(shown).not.toContain("toggle-simulated-logging (not");
    expect((await client.callTool(write)).isError).not.toBe(true);
    expect(await consents(grace.page)).toHaveLength(2);
  });

  it("is stopped at its next call when the person takes her consents back", async () => {
    for (const { mandate } of await consents(grace.page)) expect(await withdraw(grace, mandate)).toBe(200);
    await expect(client.callTool(echo)).rejects.toThrow(UnauthorizedError);
    expect(provider.tokens()).toBeUndefined();
  });
});
