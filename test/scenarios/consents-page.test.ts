import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { type Somebody, somebody, startWithPeople } from "./harness/browser.ts";
import { callWithToken } from "./harness/call-with-token.ts";
import { enrolAtChromium } from "./harness/chromium-person.ts";
import { consentApp, REDIRECT } from "./harness/consent-app.ts";
import { consoleAs } from "./harness/console-as.ts";
import { ALL_BUT_IRREVERSIBLE, consentingEverything } from "./harness/everything-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

const DETAILS = '[{"type":"mcp_tool","server":"everything","tools":["echo"],"data_class":"internal"}]';

let browser: Browser;
let gate: TestInstance;
const contexts: BrowserContext[] = [];

async function consoleOf(person: Somebody, path: string, width = 1100) {
  const visit = await consoleAs(browser, person, `${gate.issuer}${path}`, width);
  contexts.push(visit.context);
  return visit;
}

beforeAll(async () => {
  [browser, gate] = await Promise.all([openBrowser(), startWithPeople()]);
  const bindings = [{ method: "consent", redirect_uris: [REDIRECT] }];
  await gate.apply(consentingEverything(bindings), ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
}, 120_000);
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});
afterAll(async () => {
  await browser.close();
  await gate.close();
});

/** An agent that this person let call one tool, and the call. */
async function consentedCall(person: Somebody): Promise<() => Promise<string>> {
  const app = await consentApp(gate, "first");
  const resource = `${gate.issuer}/mcp/everything`;
  const asked = { scope: "", resource, authorization_details: DETAILS, purpose: "Say hello", case: "CASE-7" };
  const { access_token } = await app.tokens(person.browser, asked);
  return () => callWithToken(app.fetchWith(access_token), resource, "echo");
}

describe("the page of one's consents", () => {
  test("shows agent, task, tools and last use, and what is withdrawn there is over at the next call", async () => {
    const grace = await somebody(gate, "grace");
    const call = await consentedCall(grace);
    expect(await call()).toContain("hello");
    const { page, troubles } = await consoleOf(grace, "/consents", 360);
    const card = page.getByRole("article", { name: "first" });
    await card.getByText("Say hello").waitFor();
    for (const text of ["everything: echo", "CASE-7", "127.0.0.1:8123", new Date().getUTCFullYear()])
      expect(await card.innerText()).toContain(String(text));
    expect(await card.innerText()).not.toContain("never");
    await card.getByRole("button", { name: /Withdraw/ }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    expect(await call()).toContain("hello");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Withdrawn. first may do nothing more under that consent.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Withdrawn.");
    expect(await page.getByRole("article").count()).toBe(0);
    expect(await call()).not.toContain("hello");
    await page.reload();
    await page.getByText("You let no agent act for you.").waitFor();
    expect(troubles.all).toEqual([]);
  });

  test("shows nobody else's, and what is over already is said to be none of hers", async () => {
    const [ida, mary] = [await somebody(gate, "ida"), await somebody(gate, "mary")];
    await consentedCall(ida);
    const { page: hers } = await consoleOf(mary, "/consents");
    await hers.getByText("You let no agent act for you.").waitFor();
    const { page } = await consoleOf(ida, "/consents");
    const { page: other } = await consoleOf(ida, "/consents");
    for (const one of [page, other]) {
      await one.getByRole("button", { name: /Withdraw/ }).click();
      await one.getByRole("button", { name: "Yes, withdraw it" }).click();
    }
    await page.getByText("Withdrawn. first").waitFor();
    await other.getByText("you have given no such consent").waitFor();
  });

  test("sends who is not signed in to the sign-in, and has her back", async () => {
    const { context, page } = await enrolAtChromium(browser, gate, "Lise");
    contexts.push(context);
    await page.goto(`${gate.issuer}/consents`);
    await page.getByRole("link", { name: "Sign in as yourself" }).click();
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText("Signed in as Lise").waitFor();
    expect(new URL(page.url()).pathname).toBe("/consents");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in as yourself" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "Sign in as yourself" }).waitFor();
  });
});

test("an auditor sees whom an agent acts for, and in what it took part", async () => {
  const [dora, ada] = [await somebody(gate, "dora"), await somebody(gate, "ada", ["auditor"])];
  const call = await consentedCall(dora);
  expect(await call()).toContain("hello");
  const { page, troubles } = await consoleOf(ada, "/people");
  const row = page.getByRole("row").filter({ hasText: "dora" });
  await row.getByText("1 agent acts").press("Enter");
  expect(await row.innerText()).not.toContain("Say hello");
  await row.getByRole("link", { name: "first" }).click();
  await page.getByRole("heading", { name: "Agent first" }).waitFor();
  await page.getByText("T2: writes where policy allows").waitFor();
  await page
    .getByRole("link", { name: /Say hello/ })
    .first()
    .click();
  await page.getByTestId("verdict").waitFor();
  expect(troubles.all).toEqual([]);
});
