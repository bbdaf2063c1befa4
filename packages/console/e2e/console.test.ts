// LONG: one browser, and all that a person does in it.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatTrustFile } from "@narrowgate/contracts";
import { createNodeEngine, type ServedTransaction } from "@narrowgate/testkit/pages";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "./accessibility.ts";
import { ConsoleVisits, type Look, overflow, signIn, type Visit } from "./console-visits.ts";
import { type SampleTransaction, sampleTransaction, tamperedBundle } from "./sample-transactions.ts";

const engine = createNodeEngine();
let visits: ConsoleVisits;
let sample: SampleTransaction;
let directory: string;

function visit(path: string, transactions: readonly ServedTransaction[], look: Look = {}): Promise<Visit> {
  return visits.visit(path, { transactions }, look);
}

function signedIn(path: string, transactions: readonly ServedTransaction[], look: Look = {}): Promise<Visit> {
  return visits.signedIn(path, { transactions }, look);
}

function detail(of: ServedTransaction = sample): string {
  return `/txn/${of.summary.id}`;
}

function verdictOf(page: Page): Promise<string> {
  return page.getByTestId("verdict").innerText();
}

/** Opens whatever can be opened, from the outside in. */
async function openAll(page: Page): Promise<void> {
  const closed = page.locator("details:not([open]) > summary").filter({ visible: true });
  while ((await closed.count()) > 0) await closed.first().click();
}

beforeAll(async () => {
  [visits, sample, directory] = await Promise.all([
    ConsoleVisits.open(),
    sampleTransaction(engine),
    mkdtemp(join(tmpdir(), "narrowgate-e2e-")),
  ]);
});

afterEach(() => visits.leave());

afterAll(async () => {
  await visits?.close();
  await rm(directory, { recursive: true, force: true });
});

describe("signing in", () => {
  test("asks for a code typed by hand, which stands in no address and works once", async () => {
    const made = await visit("/transactions", [sample]);
    const { page, server, troubles } = made;
    const code = server.issueCode();
    await page.getByLabel("Code").fill(code.toLowerCase());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "answer ticket 7" }).waitFor();
    expect(page.url()).toBe(`${server.url}/transactions`);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({
      name: `narrowgate-viewer-${new URL(server.url).port}`,
      httpOnly: true,
      sameSite: "Strict",
    });
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Code").fill(code);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("wrong, used or expired").waitFor();
    expect(troubles.all).toEqual([]);
  });

  test("is asked for again when the operator behind the session is removed", async () => {
    const { page, server } = await signedIn("/transactions", [sample]);
    server.removeViewer();
    await page.getByRole("link", { name: "answer ticket 7" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
});

describe("the list", () => {
  test("shows who asked, the agents, the counts, and records the reading", async () => {
    const { page, server, troubles } = await signedIn("/transactions", [sample]);
    const row = page.getByRole("row", { name: /answer ticket 7/ });
    await row.waitFor();
    const cells = await row.getByRole("cell").allInnerTexts();
    expect(cells.slice(0, 5)).toEqual([
      "https://idp.example#ana",
      "orchestrator → triage",
      "closed",
      String(sample.summary.permits),
      String(sample.summary.refusals),
    ]);
    expect(server.reads).toEqual([{ from: 0, count: 1 }]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("teaches how to make the first transaction when there is none", async () => {
    const { page, server } = await signedIn("/transactions", []);
    await page.getByRole("heading", { name: "No transaction yet" }).waitFor();
    await page.getByText("narrowgate mandate open").waitFor();
    expect(server.reads).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("says so, and shows nothing, when the reading cannot be recorded", async () => {
    const made = await visit("/transactions", [sample]);
    made.server.breakEvidence();
    await signIn(made);
    await made.page.getByRole("alert").filter({ hasText: "Evidence cannot be written" }).waitFor();
    expect(await made.page.content()).not.toContain("answer ticket 7");
  });
});

describe("a transaction", () => {
  test("is verified in the browser, by the engine the bundle names", async () => {
    const { page, troubles } = await signedIn(detail(), [sample]);
    expect(await verdictOf(page)).toContain("self-consistent");
    await page.getByText("What the verdict rests on").click();
    expect(await page.getByTestId("engine-digest").innerText()).toBe(engine.wasmDigest);
    expect(await page.getByTestId("procedure-digest").innerText()).toBe(engine.procedureDigest);
    await page.getByText(`${sample.report.decisions.recomputed} recomputed here`).waitFor();
    expect(await page.locator(".counts .count").allInnerTexts()).toEqual(
      Object.values(sample.report.counts).map(String),
    );
    expect(troubles.all).toEqual([]);
  });

  test("is verified under a trust file that stays in the browser", async () => {
    const { page, server } = await signedIn(detail(), [sample]);
    await page.getByTestId("verdict").waitFor();
    const before = server.reads.length;
    const trust = Buffer.from(formatTrustFile(sample.recorded.trust()));
    await page
      .getByLabel("Trust file", { exact: true })
      .setInputFiles({ name: "trust.json", mimeType: "application/json", buffer: trust });
    await page
      .getByTestId("verdict")
      .filter({ hasText: /verified$/ })
      .waitFor();
    expect(server.reads).toHaveLength(before);
  });

  test("shows who asked, the chain, and each decision with its proof", async () => {
    const { page } = await signedIn(detail(), [sample]);
    await page.getByTestId("verdict").waitFor();
    const chain = page.getByRole("list", { name: "Chain of delegation" });
    expect(await chain.locator("strong").allInnerTexts()).toEqual([
      "https://idp.example#ana",
      "orchestrator",
      "triage",
    ]);
    expect(await chain.innerText()).toContain(
      `${sample.calls.permitted} calls permitted, ${sample.calls.refused} refused`,
    );
    const refused = page.getByRole("listitem").filter({ hasText: "refused (policy_denied)" });
    expect(await refused.innerText()).toContain("proven");
    // It is the first thing to look at, so it stands open.
    const shown = await refused.innerText();
    expect(shown).toContain("no-private");
    expect(shown).toContain("files/read_text_file");
    expect(shown).toContain("/tickets/private/1");
    expect(shown).toContain("Policy does not allow this call.");
    expect(shown).toContain("signed, in dpop");
    expect(shown).toContain("claimed by the gate");
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("that is long fits on a few screens, with what was refused in sight", async () => {
    const long = await sampleTransaction(engine, { calls: 40 });
    const { page } = await signedIn(detail(long), [long]);
    await page.getByTestId("verdict").waitFor();
    expect(await page.getByText("policy_denied").first().isVisible()).toBe(true);
    const triage = page.locator("details.hop").filter({ hasText: "orchestrator → triage" });
    const counts = `${long.calls.refused} refused`;
    expect(await triage.locator(":scope > summary").innerText()).toContain(counts);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(4_000);
    const quiet = triage.getByText(/events, none refused/).first();
    await quiet.focus();
    await page.keyboard.press("Enter");
    await triage.getByText("permitted").nth(20).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("that is long is read on a telephone", async () => {
    const long = await sampleTransaction(engine, { calls: 30 });
    const { page } = await signedIn(detail(long), [long], { width: 360 });
    await page.getByTestId("verdict").waitFor();
    expect(await overflow(page)).toBe(0);
    await openAll(page);
    expect(await overflow(page)).toBe(0);
  });

  test("gives out the very bundle it verified", async () => {
    const { page } = await signedIn(detail(), [sample]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download the proof bundle" }).click(),
    ]);
    const path = join(directory, "downloaded.json");
    await download.saveAs(path);
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(sample.bundle));
  });

  test("that was tampered with fails, by the rule it breaks and at the entry", async () => {
    const forged = { ...sample, bundle: tamperedBundle(sample.bundle) };
    const { page, troubles } = await signedIn(detail(), [forged]);
    expect(await verdictOf(page)).toContain("failed");
    await page.getByText("Rule E-16:").first().waitFor();
    await page.getByText("Fails rule E-16:").first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("whose bundle is damaged fails without a story", async () => {
    const damaged = { ...sample, bundle: sample.bundle.slice(0, -2) };
    const { page } = await signedIn(detail(), [damaged]);
    expect(await verdictOf(page)).toContain("failed");
    await page.getByText("Rule E-21:").waitFor();
    await page.getByText("Nothing is disclosed in this file.").waitFor();
  });

  test("that is not there is said to be so", async () => {
    const { page } = await signedIn(`/txn/${"A".repeat(22)}.${"B".repeat(22)}`, [sample]);
    await page.getByRole("alert").filter({ hasText: "there is no such transaction" }).waitFor();
  });
});

describe("a file", () => {
  test("is asked for in words without markup", async () => {
    const { page } = await visit("/verify", []);
    await page.getByLabel("Proof bundle").waitFor();
    const text = await page.locator("main").innerText();
    expect(text).toContain("narrowgate evidence export");
    expect(text).not.toContain("`");
  });

  test("is verified without sign-in and without a connection", async () => {
    const { page, server, troubles } = await visit("/verify", []);
    const file = { mimeType: "application/json", buffer: Buffer.from(sample.bundle) };
    await page.getByLabel("Proof bundle").setInputFiles({ name: "first.json", ...file });
    await page.getByTestId("verdict").filter({ hasText: "self-consistent" }).waitFor();
    await page.context().setOffline(true);
    const trust = Buffer.from(formatTrustFile(sample.recorded.trust()));
    await page
      .getByLabel("Trust file (optional)")
      .setInputFiles({ name: "trust.json", mimeType: "application/json", buffer: trust });
    await page
      .getByTestId("verdict")
      .filter({ hasText: /verified$/ })
      .waitFor();
    await page
      .getByLabel("Proof bundle")
      .setInputFiles({ name: "forged.json", ...file, buffer: Buffer.from(tamperedBundle(sample.bundle)) });
    await page.getByTestId("verdict").filter({ hasText: "failed" }).waitFor();
    expect(server.reads).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("can be dropped", async () => {
    const { page } = await visit("/verify", []);
    const text = Buffer.from(sample.bundle).toString("utf8");
    const transfer = await page.evaluateHandle((content) => {
      const data = new DataTransfer();
      data.items.add(new File([content], "dropped.json", { type: "application/json" }));
      return data;
    }, text);
    await page.locator(".drop").first().dispatchEvent("drop", { dataTransfer: transfer });
    await page.getByText("Chosen: dropped.json").waitFor();
    expect(await verdictOf(page)).toContain("self-consistent");
  });

  test("that is no trust file is refused with a sentence", async () => {
    const { page } = await visit("/verify", []);
    const buffer = Buffer.from(sample.bundle);
    const file = { name: "bundle.json", mimeType: "application/json", buffer };
    await page.getByLabel("Trust file (optional)").setInputFiles(file);
    await page.getByLabel("Proof bundle").setInputFiles(file);
    await page.getByRole("status").filter({ hasText: "Not checked:" }).waitFor();
    expect(await page.getByTestId("verdict").count()).toBe(0);
  });
});

describe("the policy of the page", () => {
  test("lets neither inline script run nor WebAssembly compile outside the worker", async () => {
    const { page, troubles } = await visit("/verify", []);
    const outcome = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken over'";
      document.body.append(script);
      const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
      const compiled = await WebAssembly.compile(empty).then(
        () => "compiled",
        () => "refused",
      );
      return { title: document.title, compiled };
    });
    expect(outcome).toEqual({ title: "Verify a file · Narrowgate", compiled: "refused" });
    expect(troubles.all.some((text) => text.includes("Content Security Policy"))).toBe(true);
  });
});

describe("everybody", () => {
  test("reaches everything by keyboard alone", async () => {
    const { page, server } = await visit("/transactions", [sample]);
    await page.getByLabel("Code").focus();
    await page.keyboard.type(server.issueCode());
    await page.keyboard.press("Enter");
    const link = page.getByRole("link", { name: "answer ticket 7" });
    await link.waitFor();
    const seen: string[] = [];
    for (let presses = 0; presses < 12 && !seen.at(-1)?.startsWith("answer ticket 7"); presses++) {
      await page.keyboard.press("Tab");
      seen.push(await page.evaluate(() => document.activeElement?.textContent ?? ""));
    }
    await page.keyboard.press("Enter");
    await page.getByTestId("verdict").waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    const details = page.locator("details").filter({ hasText: "What the verdict rests on" });
    await details.locator("summary").focus();
    await page.keyboard.press("Space");
    await page.getByTestId("engine-digest").waitFor();
    await page.goBack();
    await link.waitFor();
  });

  test("reads it on a telephone", async () => {
    const { page } = await signedIn("/transactions", [sample], { width: 360 });
    await page.getByRole("link", { name: "answer ticket 7" }).waitFor();
    expect(await overflow(page)).toBe(0);
    await page.screenshot({ path: join(directory, "list-360.png"), fullPage: true });
    await page.getByRole("link", { name: "answer ticket 7" }).click();
    await page.getByTestId("verdict").waitFor();
    await openAll(page);
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.screenshot({ path: join(directory, "detail-360.png"), fullPage: true });
  });

  test("reads it in the dark", async () => {
    const { page } = await signedIn(detail(), [sample], { dark: true });
    await page.getByTestId("verdict").waitFor();
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(ground).toBe("rgb(16, 21, 28)");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.screenshot({ path: join(directory, "detail-dark.png") });
  });
});
