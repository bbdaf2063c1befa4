import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { AxeBuilder } from "@axe-core/playwright";
import * as client from "openid-client";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { watchPage } from "../../packages/console/e2e/watch-page.ts";
import { startWithPeople } from "./harness/browser.ts";
import { consentRegistry } from "./harness/consent-registry.ts";
import { TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

const OPERATOR = { operator: "b3BlcmF0b3ItMDAwMDAwMQ", jws: "signed.by.test" };

let browser: Browser;
let gate: TestInstance;
let app: Server;
let appUrl: string;

beforeAll(async () => {
  browser = await openBrowser();
  // The client's own page stands on another site, so that our cookies are kept back as on any way in from outside.
  app = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(
      `<!doctype html><title>app</title><h1>${request.url?.startsWith("/callback") ? "back" : "app"}</h1>`,
    );
  });
  app.listen(0, "127.0.0.1");
  await once(app, "listening");
  const address = app.address();
  appUrl = `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
  gate = await startWithPeople();
  await gate.apply(consentRegistry(`${appUrl}/callback`), TOKENS_FOR_ALL);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await gate.close();
  app.close();
});

/** A browser profile with an authenticator that holds a passkey of a person who was just enrolled. */
async function enrolled(name: string, look: { readonly width?: number; readonly dark?: boolean } = {}) {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: look.width ?? 1100, height: 800 },
    colorScheme: look.dark === true ? "dark" : "light",
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
  } as const;
  await session.send("WebAuthn.addVirtualAuthenticator", { options });
  const { code } = await gate
    .instance()
    .people.invite({ name, roles: ["approver"], identities: [] }, OPERATOR);
  await page.goto(`${gate.config.approvals?.origin}/people/enrol#${code}`);
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page.getByText("your passkey is ready").waitFor();
  return { context, page };
}

async function askedBy(page: Page, more: Record<string, string> = {}) {
  const options = { execute: [client.allowInsecureRequests] };
  const config = await client.discovery(new URL(gate.issuer), "desktop", undefined, client.None(), options);
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${appUrl}/callback`,
    scope: "files:read",
    resource: `${gate.issuer}/mcp/files`,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    purpose: "Tidy the inbox of the support desk",
    case: "CASE-7",
    ...more,
  });
  await page.goto(appUrl);
  // From a foreign page, as a link of the client would.
  await page.evaluate((to) => location.assign(to), url.href);
  const finish = () =>
    client.authorizationCodeGrant(
      config,
      new URL(page.url()),
      { pkceCodeVerifier, expectedState },
      {},
      { DPoP },
    );
  return { finish };
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("heading", { name: "May desktop act for you?" }).waitFor();
}

describe("a person in a real browser", () => {
  test("comes from the client's page, signs in with a passkey, reads, allows, and the client has its token", async () => {
    const { context, page } = await enrolled("Grace");
    const troubles = watchPage(page);
    const { finish } = await askedBy(page);
    await signIn(page);
    await page.getByText("Tidy the inbox of the support desk").waitFor();
    await page.getByText("This is a program on a computer").waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations).toEqual([]);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "back" }).waitFor();
    expect((await finish()).token_type).toBe("dpop");
    expect(troubles.all).toEqual([]);
    await context.close();
  });

  test("who is signed in is asked at once; with the keyboard alone, on a phone, in the dark, she refuses", async () => {
    const { context, page } = await enrolled("Ada", { width: 360, dark: true });
    await askedBy(page);
    await signIn(page);
    await askedBy(page);
    await page.getByRole("heading", { name: "May desktop act for you?" }).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Refuse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "back" }).waitFor();
    expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
    await context.close();
  });

  test("the page stands in no frame of another page", async () => {
    const { context, page } = await enrolled("Ida");
    await askedBy(page);
    await signIn(page);
    const address = page.url();
    await page.goto(appUrl);
    await page.evaluate((src) => {
      const frame = document.createElement("iframe");
      frame.src = src;
      document.body.append(frame);
    }, address);
    const frame = await page.waitForSelector("iframe").then((found) => found.contentFrame());
    await frame?.waitForLoadState().catch(() => undefined);
    expect((await frame?.content().catch(() => "")) ?? "").not.toContain("May desktop act for you?");
    await context.close();
  });
});
