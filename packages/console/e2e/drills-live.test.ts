import type { DrillRun } from "@narrowgate/contracts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "./accessibility.ts";
import { ConsoleVisits, overflow } from "./console-visits.ts";
import { sampleAssurance } from "./sample-assurance.ts";
import { sampleRun } from "./sample-run.ts";

let visits: ConsoleVisits;

beforeAll(async () => {
  visits = await ConsoleVisits.open();
});
afterEach(() => visits.leave());
afterAll(() => visits?.close());

/** Serves a run that a test may change while it is looked at. */
function serving(run: DrillRun) {
  const now = { run, asked: "" };
  const stopped = (asked: string, by: string): void => {
    now.asked = asked;
    now.run = { ...now.run, state: "stopping", stoppedBy: by };
  };
  return { now, served: { assurance: { ...sampleAssurance, run: () => now.run, stopped } } };
}

describe("drills that run", () => {
  test.each([
    ["as they are", {}],
    ["on a telephone", { width: 360 }],
    ["in the dark", { dark: true }],
  ])("are seen %s", async (_, look) => {
    const { page, server, troubles } = await visits.signedIn("/drills", serving(sampleRun()).served, look);
    const live = page.getByRole("region", { name: "Running now" });
    await live.getByText("DR-10 is under way. 8 of 25 drills ended: 0 failed, 1 not established.").waitFor();
    await live.getByText("46 trials, 0 failures").waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    // The results below are a reading, and that drills run is none.
    expect(server.reads).toHaveLength(1);
    expect(troubles.all).toEqual([]);
  });

  test("move on by themselves, and their charts with them, with the same in words", async () => {
    const { now, served } = serving(sampleRun({ points: [], calls: 0 }));
    const { page } = await visits.signedIn("/drills", served);
    const live = page.getByRole("region", { name: "Running now" });
    await live.getByText("DR-10 is under way.").waitFor();
    expect(await live.locator("svg").count()).toBe(0);
    const full = sampleRun();
    now.run = {
      ...full,
      drills: full.drills.map((one) =>
        one.drill === "DR-10" ? { ...one, state: "fail", failures: 2 } : one,
      ),
    };
    await live.getByText("9 of 25 drills ended: 1 failed, 1 not established.").waitFor();
    const charts = live.getByRole("figure");
    expect(await charts.count()).toBe(2);
    expect(await charts.first().innerText()).toMatch(/now 1\d\.\d a second, least [01]\.\d, most 15\.\d/);
    expect(await charts.last().innerText()).toMatch(
      /99 of 100 within: now \d+\.\d ms[\s\S]*half within: now/,
    );
    expect((await charts.first().locator(".chart-line").getAttribute("d"))?.length).toBeGreaterThan(500);
  });

  test("are stopped after one more question, by keyboard alone", async () => {
    const { now, served } = serving(sampleRun());
    const { page, server, troubles } = await visits.signedIn("/drills", served);
    const button = page.getByRole("button", { name: "Stop the drills" });
    await button.press("Enter");
    const question = page.getByRole("dialog", { name: "Stop the drills?" });
    await question.waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Let them run");
    await page.keyboard.press("Enter");
    await question.waitFor({ state: "hidden" });
    expect(now.asked).toBe("");
    await button.press("Enter");
    await question.getByRole("button", { name: "Yes, stop them" }).press("Enter");
    await page.getByRole("region", { name: "Stopping" }).getByText(server.viewer.auditor).waitFor();
    expect(now.asked).toBe(now.run.run);
    expect(await button.count()).toBe(0);
    expect(troubles.all).toEqual([]);
  });

  test("that ended before they could be stopped are said to have", async () => {
    const { now, served } = serving(sampleRun());
    const { page } = await visits.signedIn("/drills", served);
    await page.getByRole("button", { name: "Stop the drills" }).press("Enter");
    now.run = { ...now.run, state: "over" };
    await page.getByRole("heading", { name: "The last run" }).waitFor();
    expect(await page.getByRole("button", { name: "Stop the drills" }).count()).toBe(0);
  });

  test("and are silent, or could not go on, say so; hostile names stay text", async () => {
    const run = sampleRun({ state: "silent", by: "<b>x\u202e</b>", trouble: "DR-10: the disk is full" });
    const { page } = await visits.signedIn("/drills", serving(run).served);
    await page.getByText("Nothing was heard of it for a while").waitFor();
    await page.getByText("DR-10: the disk is full").waitFor();
    await page.getByText("<b>x\ufffd</b>").waitFor();
  });
});
