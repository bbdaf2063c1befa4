import { randomId } from "@narrowgate/kernel";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { addAuthenticator } from "./harness/virtual-authenticator.ts";

const by = { operator: randomId(), jws: "signed.by.test" };

let browser: Browser;
let instance: TestInstance;
const contexts: BrowserContext[] = [];

interface Visitor {
  readonly page: Page;
  /** Cookies and answers that the browser got. */
  readonly context: BrowserContext;
  /** Violations of the page's policy, and errors of its scripts. */
  readonly troubles: string[];
}

/** A browser profile with an authenticator of its own, as its makers provide it for tests. */
async function visitor(isVerified = true, colorScheme: "light" | "dark" = "light"): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme });
  contexts.push(context);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy/.test(message.text()))
      troubles.push(message.text());
  });
  await addAuthenticator(context, page, isVerified);
  return { page, context, troubles };
}

function enrolPage(): string {
  return `${instance.config.approvals?.origin ?? ""}/people/enrol`;
}

async function invite(roles: readonly ("approver" | "auditor")[]): Promise<{ ref: string; code: string }> {
  const asked = { name: "Grace Hopper", roles, identities: [] };
  const { person, code } = await instance.instance().people.invite(asked, by);
  return { ref: person.ref, code };
}

async function enrol({ page }: Visitor, code: string): Promise<string> {
  await page.goto(`${enrolPage()}#${code}`);
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page
    .getByRole("status")
    .filter({ hasNotText: /^$|Making/ })
    .waitFor();
  return page.getByRole("status").innerText();
}

async function signIn({ page }: Visitor): Promise<void> {
  await page.goto(`${instance.issuer}/people/sign-in`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
}

function status(page: Page, path: string): Promise<number> {
  return page.evaluate(async (to) => (await fetch(to)).status, path);
}

beforeAll(async () => {
  [browser, instance] = await Promise.all([openBrowser(), startInstance()]);
});

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

afterAll(async () => {
  await browser?.close();
  await instance?.close();
});

describe("a person in a real browser", () => {
  test("makes a passkey with a code out of a link, which leaves the address; the model is written down as virtual", async () => {
    const { ref, code } = await invite(["approver"]);
    const who = await visitor();
    expect(await enrol(who, code)).toBe("Grace Hopper, your passkey is ready. You can close this page.");
    expect(who.page.url()).toBe(enrolPage());
    expect(who.troubles).toEqual([]);
    expect(instance.instance().people.credentialsOf(ref)).toMatchObject([
      { authenticator: "virtual", rpId: "localhost" },
    ]);
    expect(await enrol(await visitor(), code)).toContain("wrong, used or expired");
  });

  test("types the code by hand with the keyboard alone", async () => {
    const { ref, code } = await invite(["approver"]);
    const { page } = await visitor();
    await page.goto(enrolPage());
    await page.keyboard.press("Tab");
    await page.keyboard.type(code.toLowerCase().replaceAll("-", ""));
    await page.keyboard.press("Enter");
    await page.getByText("your passkey is ready").waitFor();
    expect(instance.instance().people.credentialsOf(ref)).toHaveLength(1);
  });

  test.each(["light", "dark"] as const)(
    "meets pages that everybody can use, on a phone, %s",
    async (scheme) => {
      const { page, troubles } = await visitor(true, scheme);
      for (const path of [enrolPage(), `${instance.issuer}/people/sign-in`]) {
        await page.goto(path);
        await page.getByRole("button").first().waitFor();
        expect(await accessibilityProblems(page)).toEqual([]);
        const width = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
        expect(await page.evaluate(width)).toBe(0);
      }
      expect(troubles).toEqual([]);
    },
  );

  test("is refused a passkey whose authenticator verifies nobody", async () => {
    const { ref, code } = await invite(["approver"]);
    expect(await enrol(await visitor(false), code)).not.toContain("ready");
    expect(instance.instance().people.credentialsOf(ref)).toEqual([]);
  });

  test("signs in to the console with that passkey, reads as herself, and is out when she is removed", async () => {
    const { ref, code } = await invite(["auditor"]);
    const who = await visitor();
    await enrol(who, code);
    await signIn(who);
    await who.page.waitForURL(`${instance.issuer}/`);
    expect(await status(who.page, "/people/session")).toBe(200);
    expect(await status(who.page, "/api/transactions")).toBe(200);
    for (const path of ["overview", "approvals", "refusals", "agents", "people"])
      expect(await status(who.page, `/api/${path}`)).toBe(200);
    const cookies = await who.context.cookies();
    expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([[true, "Strict"]]);
    await who.page.evaluate(() => fetch("/api/session", { method: "DELETE" }));
    expect(await status(who.page, "/api/transactions")).toBe(401);
    await signIn(who);
    await who.page.waitForURL(`${instance.issuer}/`);
    expect(await status(who.page, "/api/transactions")).toBe(200);
    await instance.instance().people.remove(ref, by);
    expect(await status(who.page, "/people/session")).toBe(401);
    expect(await status(who.page, "/api/transactions")).toBe(401);
  });

  test("reads no evidence without a role for it", async () => {
    const { code } = await invite(["approver"]);
    const who = await visitor();
    await enrol(who, code);
    await signIn(who);
    await who.page.waitForURL(`${instance.issuer}/`);
    expect(await status(who.page, "/api/transactions")).toBe(403);
    for (const path of ["refusals", "agents", "people"])
      expect(await status(who.page, `/api/${path}`)).toBe(403);
    // Whoever approves finds what waits.
    expect(await status(who.page, "/api/approvals")).toBe(200);
  });

  test("is there after a restart with her passkey; sessions and codes are not", async () => {
    const { ref, code } = await invite(["auditor"]);
    const { code: open } = await invite(["auditor"]);
    const who = await visitor();
    await enrol(who, code);
    await signIn(who);
    await who.page.waitForURL(`${instance.issuer}/`);
    await instance.restart();
    expect(await status(who.page, "/people/session")).toBe(401);
    expect(instance.instance().people.person(ref)?.name).toBe("Grace Hopper");
    await signIn(who);
    await who.page.waitForURL(`${instance.issuer}/`);
    expect(await enrol(await visitor(), open)).toContain("wrong, used or expired");
  });
});
