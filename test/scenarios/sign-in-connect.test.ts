import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { startWithPeople } from "./harness/browser.ts";
import { type ChromiumPerson, enrolAtChromium, signInToConsent } from "./harness/chromium-person.ts";
import { ALL_BUT_IRREVERSIBLE, consentingEverything } from "./harness/everything-registry.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import type { TestInstance } from "./harness/test-instance.ts";

const NODE = process.execPath;
let browser: Browser;
let gate: TestInstance;
let grace: ChromiumPerson;

beforeAll(async () => {
  browser = await openBrowser();
  gate = await startWithPeople();
  const bindings = [{ method: "consent", redirect_uris: ["http://127.0.0.1/callback"] }];
  await gate.apply(consentingEverything(bindings), ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
  grace = await enrolAtChromium(browser, gate, "Grace");
  await grace.page.goto(`${gate.issuer}/people/consents`);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await gate.close();
});

const words = (...more: readonly string[]): string[] => [
  NARROWGATE,
  "connect",
  "everything",
  ...["--agent", "first", "--sign-in", "--url", gate.issuer, "--browser", "none"],
  ...more,
];

/** Launches it as a stdio client does, and waits for the address it asks the person to open. */
async function launch(...more: readonly string[]) {
  const env = childEnvironment(gate.directory);
  const transport = new StdioClientTransport({ command: NODE, args: words(...more), env, stderr: "pipe" });
  const client = new Client({ name: "early", version: "1.0.0" });
  const { promise: address, resolve } = Promise.withResolvers<string>();
  let said = "";
  transport.stderr?.on("data", (chunk) => {
    said += String(chunk);
    const [url] = /http:\S+\/authorize\?\S+/.exec(said) ?? [];
    if (url !== undefined) resolve(url);
  });
  const connected = client.connect(transport);
  connected.catch(() => undefined);
  return { client, connected, address: await address, said: () => said };
}

/** Opens the address, signs in where she is not, and answers. */
async function answer(page: Page, address: string, what: "Allow" | "Refuse"): Promise<void> {
  await page.goto(address);
  const question = page.getByRole("heading", { name: "May first act for you?" });
  const door = page.getByRole("button", { name: "Sign in with a passkey" });
  await question.or(door).waitFor();
  if (await door.isVisible()) await signInToConsent(page, "first");
  await page.getByRole("button", { name: what }).click();
  await page.getByRole("heading", { name: "Your answer has arrived" }).waitFor();
}

interface Shown {
  readonly mandate: string;
  readonly redirect_host: string;
  readonly purpose: string;
}

async function consents(): Promise<readonly Shown[]> {
  const page = await grace.context.request.get(`${gate.issuer}/people/consents`);
  return (await page.json()).consents;
}

const echo = { name: "echo", arguments: { message: "no key here" } };

describe("narrowgate connect with a person", () => {
  it("has her allow it in a real browser, serves a stdio client that knows nothing of it, and ends with it", async () => {
    const { client, connected, address } = await launch("--purpose", "Try the tools");
    await answer(grace.page, address, "Allow");
    await connected;
    const said = await client.callTool(echo);
    expect(said).toMatchObject({ content: [{ type: "text", text: "Echo: no key here" }] });
    const [mine] = await consents();
    expect(mine).toMatchObject({ purpose: "Try the tools" });
    expect(mine?.redirect_host).toMatch(/^127\.0\.0\.1:\d+$/);
    await client.close();
    await expect.poll(consents).toEqual([]);
  });

  it("is stopped at its next call when she takes it back", async () => {
    const { client, connected, address, said } = await launch();
    await answer(grace.page, address, "Allow");
    await connected;
    await client.callTool(echo);
    const [mine] = await consents();
    await grace.context.request.post(`${gate.issuer}/people/consents/withdraw`, {
      headers: { origin: gate.issuer, "content-type": "application/json" },
      data: JSON.stringify({ mandate: mine?.mandate }),
    });
    await expect(client.callTool(echo)).rejects.toThrow();
    await client.close();
    expect(said()).not.toContain("narrowgate:");
  });

  it("ends with a code of its own when she refuses", async () => {
    const { connected, address, said } = await launch();
    await answer(grace.page, address, "Refuse");
    await expect(connected).rejects.toThrow();
    await expect.poll(said).toContain("(consent_refused)");
    expect(await consents()).toEqual([]);
  });

  it("lets no other page bring an answer, and opens the address by the program that is named", async () => {
    const seen = join(gate.directory, "opened");
    const opener = join(gate.directory, "opener.sh");
    await writeFile(opener, `#!/bin/sh\nprintf %s "$1" > "${seen}"\n`, { mode: 0o700 });
    const { client, connected, address } = await launch("--browser", opener);
    await expect.poll(() => readFile(seen, "utf8").catch(() => "")).toBe(address);
    await grace.page.goto(address);
    const place = await grace.page
      .locator("main strong")
      .filter({ hasText: /^127\.0\.0\.1:\d+$/ })
      .textContent();
    const wrong = `http://${place}/callback?code=stolen&state=guessed&iss=${encodeURIComponent(gate.issuer)}`;
    expect((await fetch(wrong)).status).toBe(404);
    await grace.page.getByRole("button", { name: "Allow" }).click();
    await connected;
    await client.close();
  });

  it("lets a program of any kind work the same way under run, and ends the mandate with it", async () => {
    const opened = join(gate.directory, "opened-by-run");
    const opener = join(gate.directory, "run-opener.sh");
    await writeFile(opener, `#!/bin/sh\nprintf %s "$1" > "${opened}"\n`, { mode: 0o700 });
    const [, , , ...options] = words("--server", "everything", "--browser", opener);
    const program = [
      NODE,
      fileURLToPath(new URL("harness/early-http-client.ts", import.meta.url)),
      "get-env",
    ];
    const ended = runChild([NODE, NARROWGATE, "run", ...options, "--", ...program], {
      env: childEnvironment(gate.directory),
    });
    const address = (): Promise<string> => readFile(opened, "utf8").catch(() => "");
    await expect.poll(address, { timeout: 30_000 }).not.toBe("");
    await answer(grace.page, await address(), "Allow");
    const { code, stdout } = await ended;
    expect([code, stdout.includes("42")]).toEqual([0, true]);
    expect(await consents()).toEqual([]);
  });

  it("does not wait when the client is gone, and names an address that is not registered", async () => {
    const env = childEnvironment(gate.directory);
    const gone = await runChild([NODE, ...words()], { env, input: "" });
    expect([gone.code, gone.stderr.includes("(consent_refused)")]).toEqual([3, true]);
    const other = words().map((word) => (word === "first" ? "nobody" : word));
    const unknown = await runChild([NODE, ...other], { env, input: "" });
    expect(unknown.stderr).toContain("(invalid_client)");
  });
});
