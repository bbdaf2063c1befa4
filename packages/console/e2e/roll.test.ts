import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "./accessibility.ts";
import { ConsoleVisits, overflow } from "./console-visits.ts";
import { sampleAgent, samplePeople, samplePerson, sampleSummary } from "./sample-roll.ts";

let visits: ConsoleVisits;

beforeAll(async () => {
  visits = await ConsoleVisits.open();
});
afterEach(() => visits.leave());
afterAll(() => visits?.close());

const looks = [
  ["as it is", {}],
  ["on a telephone", { width: 360 }],
  ["in the dark", { dark: true }],
] as const;

describe("agents", () => {
  test("are listed fifty at a time, by the server, and lead to their own page by keyboard", async () => {
    const agents = Array.from({ length: 120 }, (_, n) => sampleAgent(n));
    const { page, server, troubles } = await visits.signedIn("/agents", { roll: { agents } });
    await page.getByRole("row", { name: /agent-000 T2 ana@example.com suspended/ }).waitFor();
    expect(await page.getByRole("row").count()).toBe(51);
    await page.getByRole("button", { name: "Next" }).press("Enter");
    await page.getByRole("link", { name: "agent-050" }).press("Enter");
    await page.getByRole("heading", { name: "Agent agent-050" }).waitFor();
    await page.getByText("files: read_text_file; /path begins with “/t/”; at most 20 calls").waitFor();
    await page.getByText("aW5zdGFuY2UtMDAwMDAwMDE").waitFor();
    await page.getByRole("link", { name: "agent-001" }).waitFor();
    expect(server.reads).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test.each(looks)("are read %s", async (_, look) => {
    const { page } = await visits.signedIn("/agents", { roll: { agents: [sampleAgent(1)] } }, look);
    await page.getByRole("link", { name: "agent-001" }).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("link", { name: "agent-001" }).click();
    await page.getByText("answers tickets").waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("are said to be none, or none of that name", async () => {
    const { page } = await visits.signedIn("/agents", {});
    await page.getByText("narrowgate apply -f narrowgate.yaml").waitFor();
    const { page: other } = await visits.signedIn("/agents/nobody", {});
    await other.getByRole("alert").filter({ hasText: "there is no such agent" }).waitFor();
  });
});

describe("people", () => {
  test.each(looks)("are read %s, with roles and passkeys", async (_, look) => {
    const { page, troubles } = await visits.signedIn("/people", { roll: { people: samplePeople } }, look);
    const row = page.getByRole("row").filter({ hasText: "Grace Hopper" });
    await row.waitFor();
    expect(await row.getByRole("cell").allInnerTexts()).toEqual([
      "approver, auditor",
      "2",
      "virtual, unknown",
      "1 agent acts",
    ]);
    await page.getByText("<b>Lee</b>").waitFor();
    await row.getByText("1 agent acts").press("Enter");
    await row.getByText(/by desk\.example.*last used/).waitFor();
    expect(await row.getByRole("link", { name: "what it did" }).getAttribute("href")).toMatch(/^\/txn\//);
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("are said to be none", async () => {
    const { page } = await visits.signedIn("/people", {});
    await page.getByText("narrowgate people invite NAME --role approver").waitFor();
  });
});

describe("an agent", () => {
  const [kind, refused] = [sampleSummary("agent-001", "answer ticket 7", 2), "2"];

  test("is told by its posture, and by what it took part in, whose reading is on record", async () => {
    const roll = { agents: [sampleAgent(1)], transactions: [kind] };
    const { page, server, troubles } = await visits.signedIn("/agents/agent-001", { roll });
    await page.getByText("T2: writes where policy allows").waitFor();
    const row = page.getByRole("row", { name: /answer ticket 7/ });
    await row.waitFor();
    expect((await row.getByRole("cell").allInnerTexts())[4]).toBe(refused);
    expect(await row.getByRole("link").getAttribute("href")).toBe(`/txn/${kind.id}`);
    expect(server.reads).toEqual([{ from: 0, count: 1 }]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("is shown without its transactions when the reading cannot be recorded", async () => {
    const roll = { agents: [sampleAgent(1)], transactions: [kind] };
    const { page, server } = await visits.signedIn("/agents", { roll });
    server.breakEvidence();
    await page.getByRole("link", { name: "agent-001" }).click();
    await page.getByRole("alert").filter({ hasText: "Evidence cannot be written" }).waitFor();
    await page.getByText("answers tickets").waitFor();
    expect(await page.content()).not.toContain("answer ticket 7");
  });
});

describe("one's own consents", () => {
  test.each(looks)("are read %s, without a code of an operator", async (_, look) => {
    const { page, troubles } = await visits.visit("/consents", { person: samplePerson }, look);
    const card = page.getByRole("article", { name: "desktop" });
    await card.getByText("files: read, write; /path begins with “/tickets/”").waitFor();
    await card.getByText("Tidy the inbox of the support desk").waitFor();
    expect(await page.getByRole("link", { name: "desk asks" }).getAttribute("href")).toBe(
      "/people/consents/waiting/waiting-request-0001",
    );
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await card.getByRole("button", { name: /Withdraw/ }).press("Enter");
    await page.getByRole("heading", { name: "Withdraw what desktop may do for you?" }).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Withdraw");
    expect(troubles.all).toEqual([]);
  });

  test("belong to a person: whoever is none is told how to sign in as one", async () => {
    const { page } = await visits.visit("/consents", {});
    const link = page.getByRole("link", { name: "Sign in as yourself" });
    expect(await link.getAttribute("href")).toBe("/people/sign-in#/consents");
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("that are none say how one comes to be", async () => {
    const person = { ...samplePerson, total: 0, consents: [], waiting: [] };
    const { page } = await visits.visit("/consents", { person });
    await page.getByText("You let no agent act for you.").waitFor();
  });
});
