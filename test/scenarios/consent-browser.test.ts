import * as client from "openid-client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { watchPage } from "../../packages/console/e2e/watch-page.ts";
import { startWithPeople } from "./harness/browser.ts";
import { type CallbackApp, startCallbackApp } from "./harness/callback-app.ts";
import { enrolAtChromium, signInToConsent } from "./harness/chromium-person.ts";
import { consentRegistry } from "./harness/consent-registry.ts";
import { TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

let browser: Browser;
let gate: TestInstance;
let app: CallbackApp;

beforeAll(async () => {
  browser = await openBrowser();
  app = await startCallbackApp();
  gate = await startWithPeople();
  await gate.apply(consentRegistry(app.callback), TOKENS_FOR_ALL);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await gate.close();
  app.close();
});

async function askedBy(page: Page, more: Record<string, string> = {}) {
  const options = { execute: [client.allowInsecureRequests] };
  const config = await client.discovery(new URL(gate.issuer), "desktop", undefined, client.None(), options);
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: app.callback,
    scope: "files:read",
    resource: `${gate.issuer}/mcp/files`,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    purpose: "Tidy the inbox of the support desk",
    case: "CASE-7",
    ...more,
  });
  await page.goto(app.url);
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

const signIn = (page: Page): Promise<void> => signInToConsent(page, "desktop");

describe("a person in a real browser", () => {
  test("comes from the client's page, signs in with a passkey, reads, allows, and the client has its token", async () => {
    const { context, page } = await enrolAtChromium(browser, gate, "Grace");
    const troubles = watchPage(page);
    const { finish } = await askedBy(page);
    await signIn(page);
    await page.getByText("Tidy the inbox of the support desk").waitFor();
    await page.getByText("This is a program on a computer").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "back" }).waitFor();
    expect((await finish()).token_type).toBe("dpop");
    expect(troubles.all).toEqual([]);
    await context.close();
  });

  test("who is signed in is asked at once; with the keyboard alone, on a phone, in the dark, she refuses", async () => {
    const { context, page } = await enrolAtChromium(browser, gate, "Ada", { width: 360, dark: true });
    await askedBy(page);
    await signIn(page);
    await askedBy(page);
    await page.getByRole("heading", { name: "May desktop act for you?" }).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Refuse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "back" }).waitFor();
    expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
    await context.close();
  });

  test("the page stands in no frame of another page", async () => {
    const { context, page } = await enrolAtChromium(browser, gate, "Ida");
    await askedBy(page);
    await signIn(page);
    const address = page.url();
    await page.goto(app.url);
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
