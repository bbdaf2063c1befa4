import { parseRegistryDocument } from "@narrowgate/contracts";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { type PageTroubles, watchPage } from "../../packages/console/e2e/watch-page.ts";
import { somebody, startWithPeople } from "./harness/browser.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

const ann = { operator: "YW5uLTAwMDAwMDAwMDAwMDE", jws: "signed.by.ann" };
const bo = { operator: "Ym8tMDAwMDAwMDAwMDAwMDE", jws: "signed.by.bo" };
const NO_SECRETS = `@id("no-secrets") @reason("secrets stay")
forbid (principal, action == Action::"call_tool", resource) when { resource.dataClass == "restricted" };`;
const NO_TOKENS = '@id("no-tokens") forbid (principal, action == Action::"mint_token", resource);';

let browser: Browser;
let gate: TestInstance;
let reader: Awaited<ReturnType<typeof somebody>>;
const contexts: BrowserContext[] = [];

/** One operator's request to put these in force. */
async function publish(text: string, by: typeof ann): Promise<string> {
  const document = parseRegistryDocument({ ...chainRegistry(), policies: ["*.cedar"] });
  const files = [{ name: "test.cedar", text }];
  const plan = gate.instance().registry.plan({ document, prune: false, files });
  if (plan.kind === "refused") return JSON.stringify(plan.problems);
  return plan.apply(by).then(
    () => "in force",
    (error: unknown) => Reflect.get(Object(error), "code"),
  );
}

/** A real browser at the console, with the auditor's session. */
async function consoleAt(
  path: string,
  at: Pick<TestInstance, "issuer"> = gate,
): Promise<{ page: Page; troubles: PageTroubles }> {
  const context = await browser.newContext();
  contexts.push(context);
  context.setDefaultTimeout(30_000);
  const pairs = reader.browser.cookies("/").split("; ");
  await context.addCookies(
    pairs.map((pair) => {
      const [name = "", value = ""] = pair.split("=", 2);
      return { name, value, url: at.issuer };
    }),
  );
  const page = await context.newPage();
  const troubles = watchPage(page);
  await page.goto(`${at.issuer}${path}`);
  return { page, troubles };
}

beforeAll(async () => {
  [browser, gate] = await Promise.all([openBrowser(), startWithPeople({ environment: "prod" })]);
  expect(await publish(TOKENS_FOR_ALL, ann)).toBe("conflict");
  expect(await publish(TOKENS_FOR_ALL, bo)).toBe("in force");
  reader = await somebody(gate, "ada", ["auditor"]);
}, 120_000);
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});
afterAll(async () => {
  await browser?.close();
  await gate?.close();
});

test("what two operators put in force in production stands with both, before and after a restart", async () => {
  const text = `${TOKENS_FOR_ALL}\n${NO_SECRETS}`;
  expect(await publish(text, ann)).toBe("conflict");
  expect(await publish(text, bo)).toBe("in force");
  const facts = async (): Promise<string> => {
    const { page, troubles } = await consoleAt("/policies");
    await page.getByText("are two.").waitFor();
    await page.getByRole("link", { name: "Version 2" }).click();
    await page.getByText("Checked in this browser.").waitFor();
    const differs = page.getByRole("region", { name: "Differs from version 1" });
    expect(await differs.innerText()).toContain("new: no-secrets");
    expect(troubles.all).toEqual([]);
    return page.locator(".facts").first().innerText();
  };
  const before = await facts();
  expect(before).toMatch(new RegExp(`Proposed by\\s+${ann.operator}\\s+Put in force by\\s+${bo.operator}`));
  await gate.restart();
  reader = await somebody(gate, "ida", ["auditor"]);
  expect(await facts()).toBe(before);
});

test("what an agent was allowed is decided again in the browser, and leads to its transaction", async () => {
  // In production a token needs a release, which is another story.
  const dev = await startWithPeople();
  onTestFinished(() => dev.close());
  await dev.apply(chainRegistry(), TOKENS_FOR_ALL);
  reader = await somebody(dev, "ada", ["auditor"]);
  const first = await dev.join("first");
  await first.request({ grant_type: "client_credentials", resource: `${dev.issuer}/mcp/files` });
  const { page, troubles } = await consoleAt("/policies/editor", dev);
  await page.getByText("Checked in this browser.").waitFor();
  await page.getByText("Open or add files").click();
  await page.getByLabel("Open files").setInputFiles({
    name: "stop.cedar",
    mimeType: "text/plain",
    buffer: Buffer.from(NO_TOKENS),
  });
  await page.getByText("new: no-tokens").waitFor();
  await page.getByRole("button", { name: "Decide again" }).click();
  const row = page.getByRole("row").filter({ hasText: "permit → policy_denied by no-tokens" });
  await row.getByRole("link").click();
  await page.getByTestId("verdict").waitFor();
  expect(troubles.all).toEqual([]);
});

test("who may not read evidence sees nothing of policies", async () => {
  reader = await somebody(gate, "mary", ["approver"]);
  const { page } = await consoleAt("/policies");
  await page.getByText("your roles let you read no evidence here").first().waitFor();
  expect(await page.content()).not.toContain("Version 1");
});
