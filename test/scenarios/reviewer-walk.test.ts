import { join } from "node:path";
import { callTool } from "@narrowgate/agent";
import type { JsonObject } from "@narrowgate/kernel";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { textAt } from "../../packages/cli/src/admin/read-answer.ts";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { takePicture } from "../../packages/console/e2e/picture.ts";
import { watchPage } from "../../packages/console/e2e/watch-page.ts";
import { type HttpServer, startModernServer } from "../../packages/server/test/gateway/http-servers.ts";
import { passkeyAtChromium } from "./harness/chromium-person.ts";
import { enrolFour, type FourSigners, signAtPage, signByFour } from "./harness/four-signers.ts";
import {
  openTask,
  PROFILE,
  type RegistryChange,
  type ReleaseInstance,
  recordDrill,
  startReleaseInstance,
  writeTrust,
} from "./harness/release-instances.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { walkPictures } from "./harness/walk-pictures.ts";

/** What the agent is registered as here: its tier makes an owner and a date that hold a condition of its release. */
const day = 86_400_000;
const inAYear = new Date(Date.now() + 365 * day).toISOString().slice(0, 10);
const good: RegistryChange = { tier: "T2", expires: inAYear };
/**
 * The profile of the other scenarios, and one control more. Not what ships: a fresh instance has neither the traffic nor
 * the drills that `foundation` asks for.
 */
const gate_profile: JsonObject = {
  ...PROFILE,
  controls: [...(PROFILE["controls"] as string[]), "IDN-02"].sort(),
};

let upstream: HttpServer;
let browser: Browser;
/** Where the agent is tested, and where it is to run. */
let dev: ReleaseInstance;
let prod: ReleaseInstance;
let four: FourSigners;

/** The command line, in a process of its own, as an operator types it. */
async function cli({ gate }: ReleaseInstance, ...words: readonly string[]): Promise<string> {
  const [data, key] = [gate.directory, join(gate.directory, "ada.json")];
  const command = [process.execPath, NARROWGATE, ...words, "--data", data, "--operator-key", key];
  const ended = await runChild(command, { env: childEnvironment(data) });
  return `${ended.stdout}${ended.stderr}`;
}

async function enrolOwners({ operators: { first } }: ReleaseInstance): Promise<void> {
  for (const name of ["owner@example.com", "deputy@example.com"])
    await first.send("POST", "/people", { name, roles: ["approver"], identities: [] });
}

/** What was tested goes to production, and is proposed there. @param name - of the file that carries it */
async function proposed(name: string): Promise<string> {
  const file = join(dev.gate.directory, `${name}.json`);
  expect(await cli(dev, "release", "export", "reader", "--declare", "model=none", "-o", file)).toContain(
    "of reader",
  );
  const said = await cli(prod, "release", "propose", "reader", "--tested", file);
  expect(said).toContain("no control blocks it");
  return /release ([\w-]{22}) of reader/.exec(said)?.[1] ?? said;
}

beforeAll(async () => {
  [browser, upstream] = await Promise.all([openBrowser(), startModernServer()]);
  dev = await startReleaseInstance("dev", upstream.url, { gate_profile });
  prod = await startReleaseInstance("prod", upstream.url, { gate_profile, tested_by: await writeTrust(dev) });
  for (const instance of [dev, prod]) {
    await enrolOwners(instance);
    await instance.register(good);
  }
  four = await enrolFour(browser, prod);
  const { session } = await openTask(dev);
  await callTool(session, dev.resource, "query", {});
  await recordDrill(dev);
  const first = await proposed("first");
  const { url } = await prod.operators.first.read(`/releases/${first}`);
  await signByFour(four, String(url));
  expect(await cli(prod, "release", "promote", first)).toContain("in force: reader");
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await dev?.gate.close();
  await prod?.gate.close();
  await upstream?.close();
});

/** She signs in as herself, by the page's own way. */
async function signedIn(page: Page, { gate }: ReleaseInstance, path: string): Promise<void> {
  await page.goto(`${gate.issuer}/people/sign-in`);
  await page.getByRole("button", { name: /passkey/ }).click();
  await page.waitForURL((url) => url.pathname !== "/people/sign-in");
  await page.goto(`${gate.issuer}${path}`);
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** A picture of the walk, of a page that breaks no rule of accessibility. */
async function step(page: Page, name: string): Promise<void> {
  expect(await accessibilityProblems(page)).toEqual([]);
  await takePicture(page, `walk-${name}`, true);
}

it("a reviewer goes from a finding to her signature, and sees the way back", async () => {
  // A wider reading is registered where it is tested, and with it a date that no tier allows.
  const wider: RegistryChange = { ...good, query: "confidential" };
  await dev.register({ ...wider, expires: "2099-01-01" });
  const task = await openTask(dev);
  await callTool(task.session, dev.resource, "query", {});
  expect(await cli(dev, "readiness", "reader")).toContain("Not ready");

  const invited = { name: "Rita", roles: ["auditor"], identities: [] };
  const code = textAt(await dev.operators.first.send("POST", "/people", invited), "code");
  const { page } = await passkeyAtChromium(browser, dev.gate, code);
  const troubles = watchPage(page);

  await signedIn(page, dev, "/readiness");
  await page.getByRole("link", { name: "reader" }).click();
  const finding = page.locator("#control-IDN-02");
  await finding.getByText("the agent expires later than its tier allows").waitFor();
  await step(page, "1-finding");

  await finding
    .getByRole("link", { name: /^entry \d+$/ })
    .last()
    .click();
  await page.getByText("Place in the log").waitFor();
  await page.getByRole("link", { name: "Read it where it happened, with its proof" }).click();
  await page.getByTestId("verdict").waitFor();
  await page.locator(".event details[open]").first().waitFor();
  await step(page, "2-evidence");

  await dev.register(wider);
  await cli(dev, "readiness", "reader");
  await page.goto(`${dev.gate.issuer}/agents/reader/readiness`);
  await page.getByTestId("readiness").waitFor();
  const after = page.getByRole("link", { name: /^IDN-02 ?: / });
  expect(await after.getAttribute("title")).toContain("passes");
  expect(troubles.all).toEqual([]);
  await step(page, "3-mended");

  await prod.register(wider);
  const id = await proposed("wider");
  await reviewedAndSigned(id);
  await backAgain(id);
  const { shown, there } = await walkPictures();
  expect([...there].sort()).toEqual([...shown].sort());
}, 300_000);

/** In production she reads what changes, and all four sign. */
async function reviewedAndSigned(id: string): Promise<void> {
  const security = four.get("security");
  if (security === undefined) return expect.fail("nobody is there for security");
  const { page } = security;
  await signedIn(page, prod, "/releases");
  await page.getByText("in force", { exact: true }).waitFor();
  await page.getByRole("link", { name: id }).click();
  const changes = page.getByRole("region", { name: "What it changes" });
  expect(await changes.getByRole("region", { name: "Operations" }).innerText()).toMatch(
    /enforced[\s\S]*data\/tool\/query[\s\S]*Class of data[\s\S]*internal[\s\S]*confidential/,
  );
  await page.getByRole("heading", { name: "What happens next" }).evaluate((at) => at.scrollIntoView());
  await step(page, "4-difference");

  const url = (await page.getByRole("link", { name: /open the page/ }).getAttribute("href")) ?? "";
  await page.goto(url);
  await page.getByRole("heading", { name: "What would run, and what changes" }).waitFor();
  await step(page, "5-signing");
  for (const [role, person] of four) expect(await signAtPage(person, url, role)).toMatch(/^You signed/);

  await page.goto(`${prod.gate.issuer}/releases/${id}`);
  await page.getByText(`narrowgate release promote ${id}`).waitFor();
  expect(await page.locator(".signature.is-signed").count()).toBe(4);
  expect(await cli(prod, "release", "promote", id)).toContain("in force: reader");
  await page.reload();
  await page.getByRole("link", { name: "Download the signed statement" }).waitFor();
  await step(page, "6-in-force");
  const task = await openTask(prod);
  await callTool(task.session, prod.resource, "query", {});
}

/** Somebody changes what was signed; the agent stops, she sees why, and an operator goes back. */
async function backAgain(id: string): Promise<void> {
  const page = four.get("security")?.page;
  if (page === undefined) return expect.fail("nobody is there for security");
  await prod.register({ ...good, query: "confidential", owner: "somebody@example.com" });
  await page.reload();
  const drift = page.getByRole("region", { name: "What differs now" });
  await drift
    .getByText("reader gets no tokens: not as it was signed: where it runs and who answers for it")
    .waitFor();
  await drift.evaluate((at) => at.scrollIntoView());
  await step(page, "7-drift");

  await prod.register(good);
  const said = await cli(prod, "release", "rollback", "reader", "--reason", "the owner was changed unseen");
  expect(said).toContain("in force: deployment");
  await page.goto(`${prod.gate.issuer}/releases`);
  const ended = page.getByRole("row").filter({ hasText: id });
  await ended.getByText("withdrawn or rolled back").waitFor();
  expect(await page.getByText("in force", { exact: true }).count()).toBe(1);
  await step(page, "8-rolled-back");
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByText("release deactivated").first().waitFor();
  const task = await openTask(prod);
  await callTool(task.session, prod.resource, "query", {});
}
