import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "./accessibility.ts";
import { ConsoleVisits, overflow } from "./console-visits.ts";
import { busyHouse, waitingCall } from "./sample-house.ts";

let visits: ConsoleVisits;

beforeAll(async () => {
  visits = await ConsoleVisits.open();
});
afterEach(() => visits.leave());
afterAll(() => visits?.close());

describe("home", () => {
  test("shows what runs, the oldest that wait, what was refused, and the log", async () => {
    const { page, server, troubles } = await visits.signedIn("/", { house: busyHouse });
    await page.getByText("3 active, 1 suspended").waitFor();
    await page.getByText("7 wait in all; the oldest 5 stand here.").waitFor();
    expect(await page.getByRole("row", { name: /payments: tool refund/ }).count()).toBe(5);
    const [refused] = await page.getByRole("row", { name: /policy_denied/ }).allInnerTexts();
    expect(refused).toContain("Policy does not allow this call.");
    await page.getByText("witness.example: could not be reached, 12 entries behind").waitFor();
    expect(server.reads).toEqual([{ from: 0, count: 2 }]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("teaches what to type where nothing is there yet", async () => {
    const { page, server } = await visits.signedIn("/", {});
    for (const command of [
      "narrowgate apply -f narrowgate.yaml",
      "narrowgate people invite NAME --role approver",
      "narrowgate tour",
      "narrowgate witness add URL KEY",
    ])
      await page.getByText(command, { exact: true }).waitFor();
    expect(server.reads).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("shows no refusal when the reading cannot be recorded", async () => {
    const { page, server } = await visits.signedIn("/inbox", { house: busyHouse });
    server.breakEvidence();
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByRole("alert").filter({ hasText: "Evidence cannot be written" }).waitFor();
    expect(await page.content()).not.toContain("policy_denied");
  });

  test.each([
    ["on a telephone", { width: 360 }],
    ["in the dark", { dark: true }],
  ])("is read %s", async (_, look) => {
    const { page } = await visits.signedIn("/", { house: busyHouse }, look);
    await page.getByText("12 entries behind").waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("leads to the other pages by keyboard alone", async () => {
    const { page } = await visits.signedIn("/", { house: busyHouse });
    const console = page.getByRole("navigation", { name: "Console" });
    expect(await console.getByRole("link").allInnerTexts()).toEqual([
      "Home",
      "Activity",
      "Who acts",
      "Policies",
      "Assurance",
      "Audit",
    ]);
    await console.getByRole("link", { name: "Activity" }).press("Enter");
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    expect(await console.locator("[aria-current]").innerText()).toBe("Activity");
    const places = page.getByRole("navigation", { name: "Activity" });
    expect(await places.locator("[aria-current=page]").innerText()).toBe("Inbox");
    await places.getByRole("link", { name: "Transactions" }).press("Enter");
    await page.getByRole("heading", { name: "Transactions" }).waitFor();
    expect(await places.locator("[aria-current=page]").innerText()).toBe("Transactions");
  });
});

describe("the inbox", () => {
  test("shows who asks for what and what is missing, and leads to the page that is signed on", async () => {
    const { page, server, troubles } = await visits.signedIn("/inbox", { house: busyHouse });
    const row = page.getByRole("row", { name: /payments: tool refund/ }).first();
    await row.waitFor();
    expect((await row.getByRole("cell").allInnerTexts()).slice(0, 4)).toEqual([
      "refunds",
      "https://idp.example#ana",
      "approver, approver (2)",
      "approver (2)",
    ]);
    const link = row.getByRole("link");
    expect(await link.getAttribute("href")).toBe("https://approve.example/approve#handle-0");
    expect(server.reads).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("shows names as text, and follows no address that is none of the web", async () => {
    const call = waitingCall(0);
    const hostile = { ...call, agent: "<b>x\u202e</b>" };
    const { page } = await visits.signedIn("/inbox", { house: { waiting: [hostile] } });
    await page.getByRole("cell", { name: /^<b>x/ }).waitFor();
    const { page: other } = await visits.signedIn("/inbox", {
      house: { waiting: [{ ...call, url: "javascript:alert(1)" }] },
    });
    await other.getByRole("alert").filter({ hasText: "not understood" }).waitFor();
  });

  test("teaches how a call comes to wait", async () => {
    const { page } = await visits.signedIn("/inbox", { house: { waiting: [] } });
    await page.getByText("narrowgate approval list").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test.each([
    ["on a telephone", { width: 360 }],
    ["in the dark", { dark: true }],
  ])("is read %s", async (_, look) => {
    const { page } = await visits.signedIn("/inbox", { house: busyHouse }, look);
    await page
      .getByRole("link", { name: /payments: tool refund/ })
      .first()
      .waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
