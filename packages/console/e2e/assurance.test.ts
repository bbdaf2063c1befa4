import { createNodeEngine } from "@narrowgate/testkit/pages";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "./accessibility.ts";
import { ConsoleVisits, overflow } from "./console-visits.ts";
import { sampleAssurance, sampleDrill } from "./sample-assurance.ts";
import { violating } from "./sample-evaluation.ts";
import { busyHouse } from "./sample-house.ts";
import { activeRelease, openRelease } from "./sample-releases.ts";
import { sampleTransaction } from "./sample-transactions.ts";

let visits: ConsoleVisits;

beforeAll(async () => {
  visits = await ConsoleVisits.open();
});
afterEach(() => visits.leave());
afterAll(() => visits?.close());

const served = { assurance: sampleAssurance, house: busyHouse };
const readiness = "/agents/refunds/readiness";
const looks = [
  ["as it is", {}],
  ["on a telephone", { width: 360 }],
  ["in the dark", { dark: true }],
] as const;

const pages = [
  ["/readiness", "2 block"],
  [readiness, "keep a release back"],
  ["/drills", "Two agents, one key"],
  ["/releases", "waits for signatures"],
  [`/releases/${openRelease.id}`, "Nothing that the profile counts|keep a release back"],
  ["/audit", "release signed"],
  [`/entries/${violating.id}.${violating.index}`, "Read it where it happened"],
] as const;

describe.each(pages)("%s", (path, ready) => {
  test.each(looks)("is read %s", async (_, look) => {
    const { page, troubles } = await visits.signedIn(path, served, look);
    await page.getByText(new RegExp(ready)).first().waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });
});

describe("readiness", () => {
  test("is a square for every control, and leads to the agent by keyboard", async () => {
    const { page, server } = await visits.signedIn("/readiness", served);
    const row = page.getByRole("row").filter({ hasText: "refunds" });
    await row.waitFor();
    expect(await row.locator(".square").count()).toBe(49);
    await row.getByText("1 fails, 4 not established, 44 passes").waitFor();
    await page.getByText("narrowgate readiness desk").waitFor();
    expect(server.reads).toEqual([{ from: 0, count: 1 }]);
    await page.getByRole("link", { name: "refunds" }).press("Enter");
    await page.getByRole("heading", { name: "Readiness of refunds" }).waitFor();
  });

  test("shows each family, and a cell leads to what the control found, by keyboard", async () => {
    const { page } = await visits.signedIn(readiness, served);
    await page.getByText("2 controls of 49 keep a release back.").waitFor();
    expect(await page.locator(".control-grid .cell").count()).toBe(49);
    const cell = page.getByRole("link", { name: /^EVD-04 ?: / });
    expect(await cell.getAttribute("title")).toMatch(/not established, not counted by the profile$/);
    await cell.press("Enter");
    const told = page.locator("#control-EVD-04");
    await told.getByText("there is nothing in the window that it could be seen from").waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest("details")?.id)).toBe("control-EVD-04");
  });

  test("tells of what blocks, from the counter-example into the leaf and its transaction", async () => {
    const sample = await sampleTransaction(createNodeEngine());
    const entry = { ...violating, txn: sample.summary.id, id: sample.report.story[3]?.entry ?? "" };
    const { page, troubles } = await visits.signedIn(readiness, {
      transactions: [sample],
      assurance: { ...sampleAssurance, entries: [entry, violating] },
    });
    const control = page.locator("#control-DEL-03");
    await control.getByText("a call was permitted outside the task").waitFor();
    await control.getByText("1482 of 1482").waitFor();
    await control.getByText("The gate writes these leaves").waitFor();
    await control.getByText("1 of 5: looked at, and broken").waitFor();
    await control.getByRole("link", { name: "entry 4711" }).click();
    await page.getByText("Place in the log").waitFor();
    await page.goto(`${new URL(page.url()).origin}/entries/${entry.id}`);
    await page.getByRole("link", { name: "Read it where it happened, with its proof" }).click();
    const event = page.locator(`#entry-${entry.id}`);
    await event.locator("details[open]").waitFor();
    expect(await event.isVisible()).toBe(true);
    expect(troubles.all).toEqual([]);
  });

  test("answers a reviewer's questions, and says how far frameworks are met", async () => {
    const { page } = await visits.signedIn(readiness, served);
    const asks = page.getByRole("region", { name: "What a reviewer asks" });
    await asks.waitFor();
    expect(await asks.locator(".questions > li").count()).toBe(30);
    const first = asks.getByRole("listitem").first();
    expect(await first.innerText()).toContain("answered");
    const others = page.getByRole("region", { name: "What others demand" });
    await others.getByText("OWASP Top 10 for Agentic Applications, 2026").click();
    await others.getByRole("row").filter({ hasText: "ASI01" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("sets what somebody declares of money beside what was measured, and sends it nowhere", async () => {
    const { page } = await visits.signedIn(readiness, served);
    const part = page.getByRole("region", { name: "What it did, and what that is worth" });
    await part.getByText("1 of 2 operations used. 1 operation that can change something").waitFor();
    const figure = (name: string) => part.getByRole("row").filter({ hasText: name });
    expect(await figure("completed tasks").first().innerText()).toMatch(/100 tasks\s+measured/);
    expect(await part.getByText("assumption", { exact: true }).count()).toBe(0);
    await part.getByText("State what it is worth and costs").press("Enter");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await part.getByLabel("Value of a completed task").fill("10");
    await part.getByLabel("Cost of building it").fill("1000");
    await part.getByLabel("Cost of running it").fill("400");
    await part.getByLabel("An hour of an approver").fill("60");
    await part.getByRole("button", { name: "Compute" }).press("Enter");
    expect(await figure("cost per governed task").innerText()).toMatch(/4\.6 EUR\s+computed/);
    expect(await figure("break-even").innerText()).toMatch(/1\.85 months/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await part.getByLabel("Currency").fill("1/2");
    await part.getByRole("button", { name: "Compute" }).click();
    await part.getByRole("alert").filter({ hasText: "/currency" }).waitFor();
    expect(asked).toEqual([]);
  });

  test("says of an old evaluation that it is too old, and teaches how there is a new one", async () => {
    const [sheet] = sampleAssurance.sheets ?? [];
    const evaluation = sheet?.newest?.evaluation;
    if (sheet?.newest === undefined || evaluation === undefined) return expect.fail("no sample");
    const old = { ...sheet.newest, evaluation: { ...evaluation, at: evaluation.at - 3 * 86_400_000 } };
    const { page } = await visits.signedIn(readiness, { assurance: { sheets: [{ ...sheet, newest: old }] } });
    await page.locator("#control-CRD-02").locator("summary", { hasText: "too old" }).waitFor();
    const { page: none } = await visits.signedIn("/agents/desk/readiness", served);
    await none.getByText("narrowgate readiness desk").waitFor();
    const { page: nobody } = await visits.signedIn("/agents/nobody/readiness", served);
    await nobody.getByRole("alert").filter({ hasText: "there is no such agent" }).waitFor();
  });

  test("is not shown when the reading cannot be recorded", async () => {
    const { page, server } = await visits.signedIn("/inbox", served);
    server.breakEvidence();
    await page.getByRole("link", { name: "Assurance" }).click();
    await page.getByRole("alert").filter({ hasText: "Evidence cannot be written" }).waitFor();
    expect(await page.content()).not.toContain("refunds</a>");
  });
});

describe("a release", () => {
  test("says what happens next, who signed, and what it changes in words", async () => {
    const { page, server, troubles } = await visits.signedIn("/releases", served);
    await page.getByText("1 operation differs and has left").waitFor();
    await page.getByRole("link", { name: openRelease.id }).press("Enter");
    await page.getByRole("heading", { name: "Release of refunds" }).waitFor();
    const next = page.getByRole("region", { name: "What happens next" });
    expect(await next.getByRole("link", { name: /open the page/ }).getAttribute("href")).toBe(
      openRelease.url,
    );
    expect(await next.innerText()).toContain(`narrowgate release promote ${openRelease.id}`);
    const signatures = page.getByRole("region", { name: "Four signatures" });
    expect(await signatures.getByRole("listitem").allInnerTexts()).toEqual([
      "Identity and access\nIda",
      "Privileged access\nmissing",
      "Security\nSam",
      "Compliance\nmissing",
    ]);
    const changes = page.getByRole("region", { name: "What it changes" });
    const ceiling = await changes.getByRole("region", { name: "What it may do at most" }).innerText();
    expect(ceiling).toMatch(/enforced[\s\S]*\/amount at most 100[\s\S]*\/amount at most 250/);
    const declared = await changes.getByRole("region", { name: "What the author declares" }).innerText();
    expect(declared).toMatch(/declared[\s\S]*small-2[\s\S]*small-3/);
    const tools = await changes.getByRole("region", { name: "Operations" }).innerText();
    expect(tools).toContain("Pinned definition");
    expect(tools).not.toContain("payments:refund");
    const policies = await changes.getByRole("region", { name: "Policies that can apply" }).innerText();
    expect(policies).toMatch(/refunds\.cedar#2 \(digest BBBBBBBBBBBB…\)\s+added/);
    await page.getByText("None: what is registered now").waitFor();
    expect(server.reads).toEqual([{ from: 0, count: 1 }]);
    expect(troubles.all).toEqual([]);
  });

  test("stands beside who was let through without one, and whether that was reviewed", async () => {
    const { page, server } = await visits.signedIn("/releases", served);
    const part = page.getByRole("region", { name: "Break-glass" });
    await part.getByText("is over, and waits for its review").waitFor();
    expect(await part.innerText()).toContain("Sam (security), Pia (pam)");
    expect(server.reads).toEqual([]);
  });

  test("that is in force has its certificate, its way back, and what left it", async () => {
    const { page } = await visits.signedIn(`/releases/${activeRelease.id}`, served);
    const certificate = page.getByRole("link", { name: "Download the signed statement" });
    const waiting = page.waitForEvent("download");
    await certificate.click();
    expect((await waiting).suggestedFilename()).toBe(`release-${activeRelease.id}.json`);
    await page.getByText("narrowgate release rollback refunds --reason TEXT").waitFor();
    const pack = page.getByRole("region", { name: "For an auditor" });
    await pack
      .getByText(`narrowgate evidence export --release ${activeRelease.id} -o evidence.tar`)
      .first()
      .waitFor();
    const history = page.getByRole("region", { name: "What became of it" });
    expect(await history.getByRole("row").last().innerText()).toMatch(/brought into force\s+olga/);
    await page.getByText("Operations that differ have left").waitFor();
    const changed = page.getByRole("region", { name: "What calls under it changed" });
    await changed.getByText("1204 calls changed something where they went.").waitFor();
    const row = changed.getByRole("row").nth(1);
    expect(await row.innerText()).toMatch(
      /payments tool refund\s+irreversible\s+unknown: only the server can tell\s+refunds\s+pays back/,
    );
  });

  test("gives the commands that need an operator's key, to be copied", async () => {
    const { page } = await visits.signedIn(`/releases/${activeRelease.id}`, served);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const command = `narrowgate release rollback refunds --reason TEXT`;
    await page.getByRole("button", { name: `Copy ${command}` }).press("Enter");
    await page.getByText("Copied.").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command);
  });

  test("has its parts to jump to, by their own names", async () => {
    const { page } = await visits.signedIn(`/releases/${openRelease.id}`, served);
    const contents = page.getByRole("navigation", { name: "On this page" });
    await contents.getByRole("link", { name: "What became of it" }).press("Enter");
    await page.waitForFunction(() => scrollY > 0);
    expect(await contents.getByRole("link").count()).toBe(await page.locator("main section > h2").count());
  });

  test("that drifted where it must not says that its agent gets no tokens", async () => {
    const drifted = { ...activeRelease, drift: { stops: ["policies"], changes: [] } };
    const { page } = await visits.signedIn(`/releases/${drifted.id}`, {
      assurance: { ...sampleAssurance, releases: [drifted] },
    });
    await page.getByText("refunds gets no tokens: not as it was signed: Policies that can apply.").waitFor();
  });

  test("shows names as text, and leads to no address that is none of the web", async () => {
    const hostile = { ...openRelease, author: "<b>x\u202e</b>", url: "javascript:alert(1)" };
    const { page } = await visits.signedIn("/releases", {
      assurance: { releases: [hostile] },
    });
    await page.getByRole("alert").filter({ hasText: "not understood" }).waitFor();
    const { url: _, ...plain } = hostile;
    const { page: other } = await visits.signedIn("/releases", { assurance: { releases: [plain] } });
    await other.getByText("by <b>x\ufffd</b>").waitFor();
  });
});

describe("drills", () => {
  test("show n, failures and what so many trials support, never nothing at all", async () => {
    const { page } = await visits.signedIn("/drills", served);
    const row = (name: string) => page.getByRole("row").filter({ hasText: name }).last();
    await row("Two agents, one key").waitFor();
    expect(await row("Two agents, one key").innerText()).toMatch(/500\s+0\s+at most 0\.60 % at 95 %/);
    expect(await row("Approve one thing").innerText()).toMatch(/300\s+1\s+1 went wrong/);
    expect(await row("Agent against its own guard").innerText()).toContain("nothing was tried");
    await row("Two agents, one key").getByText("What was seen").press("Enter");
    await row("Two agents, one key").getByText("500 of 500 were refused by invalid_request").waitFor();
    const absent = page.locator(".cell", { hasText: "DR-12" });
    expect(await absent.getAttribute("title")).toContain("cannot be made to happen");
  });
});

describe("results of drills", () => {
  test("are told of as they come in, and are read on record when somebody asks", async () => {
    const drills = [sampleDrill(1, "DR-01")];
    const { page, server } = await visits.signedIn("/drills", { assurance: { drills } });
    await page.getByText("500 of 500 were refused").waitFor({ state: "attached" });
    drills.unshift(sampleDrill(2, "DR-22"));
    await page.getByRole("status").filter({ hasText: "1 further result on record" }).waitFor();
    expect(server.reads).toHaveLength(1);
    await page.getByRole("button", { name: "Show them" }).press("Enter");
    await page.getByRole("row").filter({ hasText: "DR-22" }).waitFor();
    expect(server.reads).toHaveLength(2);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe("where nothing is there yet", () => {
  test.each([
    ["/releases", "narrowgate release propose AGENT"],
    ["/readiness", "narrowgate apply -f narrowgate.yaml"],
    ["/drills", "narrowgate drill run --profile ci"],
    ["/audit", "narrowgate readiness AGENT"],
  ])("%s teaches what to type", async (path, command) => {
    const { page, server } = await visits.signedIn(path, {});
    await page.getByText(command).first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(server.reads).toEqual([]);
  });
});

describe("the auditor's page", () => {
  test("leads everywhere, and shows who read what", async () => {
    const { page } = await visits.signedIn("/audit", served);
    await page.getByText("12 entries from 40000 on").waitFor();
    for (const name of ["Readiness", "Releases", "Drills", "Transactions", "Policies", "Agents", "People"])
      expect(await page.getByRole("main").getByRole("link", { name, exact: true }).count()).toBe(1);
    await page.getByRole("row").filter({ hasText: "IDN-05" }).waitFor();
  });

  test("opens an entry by its id, and nothing that is none", async () => {
    const { page } = await visits.signedIn("/audit", served);
    const field = page.getByLabel("Open an entry by its id");
    await field.fill("../policies");
    await field.press("Enter");
    expect(new URL(page.url()).pathname).toBe("/audit");
    await field.fill(` ${violating.id} `);
    await field.press("Enter");
    await page.getByText("Place in the log").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/entries/${violating.id}`);
  });
});
