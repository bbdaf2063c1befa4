import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { somebody, startWithPeople } from "./harness/browser.ts";
import { consoleAs } from "./harness/console-as.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import type { TestInstance } from "./harness/test-instance.ts";

let browser: Browser;
let gate: TestInstance;

const words = (...given: readonly string[]): readonly string[] => [
  process.execPath,
  NARROWGATE,
  ...given,
  "--data",
  gate.directory,
];
const env = () => childEnvironment(join(gate.directory, "home"));

beforeAll(async () => {
  [browser, gate] = await Promise.all([openBrowser(), startWithPeople()]);
  await mkdir(join(gate.directory, "home"));
  const input = gate.instance().operators.offerFirst()?.shown ?? "";
  const enrol = words("operator", "enrol", "--name", "Olga", "--code-file", "-");
  expect((await runChild(enrol, { env: env(), limitMs: 110_000, input })).code).toBe(0);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await gate?.close();
});

/** Drills as an operator starts them, at her own terminal. */
function drilling(...given: readonly string[]) {
  const [program = "", ...args] = words("drill", "run", ...given);
  const child = spawn(program, args, { env: env(), stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit").then(([code]) => Number(code));
  return { ended, said: text(child.stderr), shown: text(child.stdout) };
}

test("drills are seen in a browser while they run, and stopped from there by who may act, and by who only audits not", async () => {
  const [sam, ada] = [await somebody(gate, "sam", ["responder"]), await somebody(gate, "ada", ["auditor"])];
  const { page, context, troubles } = await consoleAs(browser, sam, `${gate.issuer}/drills`);
  await page.getByText("No drill was run.").waitFor();
  // The soak goes on for as long as it is told: it is still under way when everybody has looked.
  const run = drilling("DR-20", "--minutes", "5", "--load", "L1", "--seed", "5");
  const live = page.getByRole("region", { name: "Running now" });
  await live.getByText("DR-20 is under way.").waitFor({ timeout: 90_000 });
  await live.getByText(/[1-9]\d* trials?, 0 failures/).waitFor({ timeout: 60_000 });
  await live.getByText("Olga").waitFor();
  await live.getByRole("figure").first().waitFor({ timeout: 30_000 });
  expect(await accessibilityProblems(page)).toEqual([]);

  const auditor = await consoleAs(browser, ada, `${gate.issuer}/drills`);
  await auditor.page.getByText("DR-20 is under way.").waitFor();
  expect(await auditor.page.getByRole("button", { name: "Stop the drills" }).count()).toBe(0);

  await page.getByRole("button", { name: "Stop the drills" }).click();
  await page.getByRole("button", { name: "Yes, stop them" }).click();
  expect(await run.ended).toBe(3);
  expect(await run.said).toContain("stopped on the pages by sam");
  expect(await run.shown).toMatch(/^DR-20 {2}not established/);
  const over = page.getByRole("region", { name: "The last run" });
  await over.getByText("1 of 1 drill ended: 0 failed, 1 not established.").waitFor();
  await over.getByText("sam").waitFor();
  const [recorded, ...more] = gate.instance().evaluations.drills();
  expect([recorded?.result.verdict, more]).toEqual(["not_established", []]);
  await page.getByRole("button", { name: "Show them" }).click();
  await page.getByRole("row").filter({ hasText: "DR-20" }).waitFor();
  expect([...troubles.all, ...auditor.troubles.all]).toEqual([]);
  await Promise.all([context.close(), auditor.context.close()]);
}, 240_000);

test("drills go on to their end when nobody stops them, and others may begin after them", async () => {
  for (const seed of ["5", "6"]) {
    const run = drilling("DR-07", "--load", "L0", "--seed", seed);
    const [shown, said] = await Promise.all([run.shown, run.said]);
    expect(shown, said).toMatch(/^DR-07 {2}pass/);
    expect(said).not.toContain("the pages do not");
    expect(await run.ended).toBe(0);
  }
}, 240_000);
