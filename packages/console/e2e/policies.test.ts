import { type DecisionRow, OVERLAYS_PATH } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/testkit/pages";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "./accessibility.ts";
import { ConsoleVisits, overflow } from "./console-visits.ts";
import { type SamplePolicies, samplePolicies, sampleTests, stopPolicy } from "./sample-policies.ts";

let visits: ConsoleVisits;
let policies: SamplePolicies;

beforeAll(async () => {
  [visits, policies] = await Promise.all([ConsoleVisits.open(), samplePolicies(createNodeEngine())]);
});
afterEach(() => visits.leave());
afterAll(() => visits?.close());

const looks = [
  ["as it is", {}],
  ["on a telephone", { width: 360 }],
  ["in the dark", { dark: true }],
] as const;

/** Waits until everything that follows a change is there. */
async function checked(page: Page): Promise<void> {
  await page.getByText("Checked in this browser.").waitFor();
}

/** Opens whatever can be opened. */
async function openAll(page: Page): Promise<void> {
  const closed = page.locator("details:not([open]) > summary").filter({ visible: true });
  while ((await closed.count()) > 0) await closed.first().click();
}

function part(page: Page, name: string | RegExp) {
  return page.getByRole("region", { name, exact: true });
}

describe("the versions of the policies", () => {
  test.each(looks)("are listed %s, with what is in force and what the shadow says", async (_, look) => {
    const { page, server, troubles } = await visits.signedIn("/policies", { policies }, look);
    const [newest, older] = [/Version 2 in force/, /Version 1/].map((name) =>
      page.getByRole("row", { name }),
    );
    await newest?.waitFor();
    expect(await older?.innerText()).not.toContain("in force");
    expect(await newest?.innerText()).toContain("Bo");
    await page.getByText("41 judged, 1 would be others").waitFor();
    await page.getByText("approval_required (officer#1)").waitFor();
    expect(server.reads).toEqual([]);
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("say that an earlier one was put in force again, and that tools changed between two", async () => {
    const schema = policies.inForce.schema.replace('"head"', '"first_lines"');
    const [again, changed] = policies.versions.map((one) => ({ ...one, atMs: one.atMs + 120_000 }));
    if (again === undefined || changed === undefined) expect.unreachable();
    const bundle = { files: policies.inForce.files, schema };
    const versions = [...policies.versions, again, { ...changed, digest: "another", bundle }];
    const { page } = await visits.signedIn("/policies", { policies: { ...policies, versions } });
    await page.getByRole("row", { name: "Version 3 as version 1" }).waitFor();
    await page.getByRole("link", { name: "Version 4" }).click();
    await page.getByText("tools were approved, changed or taken away").waitFor();
  });

  test("are said to be none, with how the first come about", async () => {
    const { page } = await visits.signedIn("/policies", {});
    await page.getByText("narrowgate apply -f narrowgate.yaml").waitFor();
    await page.getByText("narrowgate policy shadow FILE").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe("one version", () => {
  test.each(looks)("is read %s: who, what each policy says, what differs, what is odd", async (_, look) => {
    const author = { ref: "YW5uLTAwMDAwMDAwMDAwMDE", name: "Ann" };
    const served = { policies: { ...policies, author } };
    const { page, server, troubles } = await visits.signedIn("/policies/2", served, look);
    await checked(page);
    const facts = await page.locator(".facts").first().innerText();
    expect(facts).toContain("Ann");
    expect(facts).toContain("Bo");
    expect(await page.getByTestId("candidate-digest").innerText()).toBe(policies.versions[1]?.digest);
    expect(await part(page, "Differs from version 1").innerText()).toContain("new: no-secrets");
    const sheet = part(page, "Policies").getByRole("listitem").filter({ hasText: "no-secrets" }).first();
    expect(await sheet.innerText()).toContain("lifted by signatures of approver#1");
    const analysis = await part(page, "Analysis").innerText();
    expect(analysis).toContain("never true ghost");
    await openAll(page);
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    // Files and author of this version, and files of the one before.
    expect(server.reads).toHaveLength(4);
    expect(troubles.all).toEqual([]);
  });

  test("runs tests that somebody opens, and says what differs and what no case reached", async () => {
    const { page } = await visits.signedIn("/policies/2", { policies });
    await checked(page);
    await part(page, "Tests").getByText("No case was run.").waitFor();
    await page.getByLabel("Files of tests").setInputFiles({
      name: "secrets.cedartest.yaml",
      mimeType: "application/yaml",
      buffer: Buffer.from(sampleTests),
    });
    const tests = part(page, "Tests");
    await tests.getByText(`1 of 2 cases passed; ${policies.ids.length - 1} policies determined`).waitFor();
    expect(await tests.innerText()).toContain("nothing is allowed in secrets.cedartest.yaml");
    const row = tests.getByRole("row", { name: /no-secrets/ });
    expect((await row.getByRole("cell").allInnerTexts())[1]).toBe("1");
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("that there is not is said not to be", async () => {
    const { page } = await visits.signedIn("/policies/9", { policies });
    await page.getByRole("alert").filter({ hasText: "no such version" }).waitFor();
  });

  test("is not shown when the reading cannot be recorded", async () => {
    const { page, server } = await visits.signedIn("/policies", { policies });
    server.breakEvidence();
    await page.getByRole("link", { name: "Version 2" }).click();
    await page.getByRole("alert").filter({ hasText: "Evidence cannot be written" }).waitFor();
    expect(await page.content()).not.toContain("no-secrets");
  });
});

describe("the editor", () => {
  test("suggests by the schema in force, and is worked by keyboard alone", async () => {
    const { page, troubles } = await visits.signedIn("/policies/editor", { policies });
    await checked(page);
    await page.getByLabel("File", { exact: true }).selectOption("secrets.cedar");
    const field = page.getByRole("textbox", { name: "secrets.cedar" });
    await field.focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type('\n@id("x") permit (principal, action, resource) when { context.lab');
    const option = page.getByRole("option", { name: /^labels/ });
    await option.waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("ArrowDown");
    expect(await option.getAttribute("aria-selected")).toBe("true");
    expect(await field.getAttribute("aria-activedescendant")).toBe(await option.getAttribute("id"));
    await page.keyboard.press("Enter");
    await page.keyboard.type(".ra");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.type(" < 2 };");
    expect(await field.inputValue()).toContain("when { context.labels.rank < 2 };");
    await part(page, /Differs from version 2/)
      .getByText("new: x")
      .waitFor();
    // Escape closes, and Tab leads on: nobody is held in the field.
    await page.keyboard.press("Control+Space");
    await page.getByRole("listbox").waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("listbox").count()).toBe(0);
    await page.keyboard.press("Tab");
    expect(await field.evaluate((own) => own === document.activeElement)).toBe(false);
    expect(troubles.all).toEqual([]);
  });

  test("names what does not compile, by file and line, and leads there", async () => {
    const { page } = await visits.signedIn("/policies/editor", { policies });
    await checked(page);
    await page.getByLabel("File", { exact: true }).selectOption("secrets.cedar");
    const field = page.getByRole("textbox", { name: "secrets.cedar" });
    await field.fill('// one line\n@id("y") permit (principal, action, resource) when { context.nobody };');
    const place = page.getByRole("button", { name: "secrets.cedar:2" }).first();
    await place.press("Enter");
    await expect.poll(() => field.evaluate((own) => own === document.activeElement)).toBe(true);
    expect(await page.getByRole("button", { name: "Decide again" }).isDisabled()).toBe(true);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Begin anew" }).click();
    await part(page, /Differs from version 2/)
      .getByText("The same policies.")
      .waitFor();
  });

  test.each(looks)(
    "lists %s the transactions a candidate would change, a stretch at a time",
    async (_, look) => {
      const served = { policies: { ...policies, pageLength: 2 } };
      const { page, server, troubles } = await visits.signedIn("/policies/editor", served, look);
      await checked(page);
      await page.getByText("Open or add files").click();
      await page.getByLabel("Open files").setInputFiles([
        { name: "stop.cedar", mimeType: "text/plain", buffer: Buffer.from(stopPolicy) },
        { name: "s.cedartest.yaml", mimeType: "text/plain", buffer: Buffer.from(sampleTests) },
      ]);
      await part(page, /Differs from version 2/)
        .getByText("new: stop")
        .waitFor();
      await part(page, "Tests").getByText("of 2 cases passed").waitFor();
      await checked(page);
      const before = server.reads.length;
      await page.getByRole("button", { name: "Decide again" }).press("Enter");
      await page.getByText("Done.").waitFor();
      const total = policies.decisions.length;
      expect(server.reads.length - before).toBe(Math.ceil(total / 2));
      expect(await page.getByTestId("what-if-counts").innerText()).toContain(`${total} decisions,`);
      const row = part(page, "What if").getByRole("row", { name: new RegExp(policies.txn) });
      expect(await row.innerText()).toContain("permit → policy_denied by stop");
      expect(await overflow(page)).toBe(0);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(troubles.all).toEqual([]);
      // The draft is still there for whoever comes back from the transaction.
      await row.getByRole("link").click();
      await page
        .getByRole("heading", { name: /Transaction/ })
        .first()
        .waitFor();
      await page.goBack();
      await part(page, /Differs from version 2/)
        .getByText("new: stop")
        .waitFor();
    },
  );

  test("leaves forbidden what an overlay forbade, and says so of one whose text is gone", async () => {
    const [lasting, lifted] = ["bGFzdGluZy0wMDAwMDAwMDE", "bGlmdGVkLTAwMDAwMDAwMDE"];
    const under = (overlay: string, index: number): DecisionRow[] => {
      const permitted = policies.decisions.filter(({ verdict }) => verdict === "permit");
      return permitted.slice(index, index + 1).map((decision) => ({
        ...decision,
        verdict: "refuse",
        code: "policy_denied",
        policies: ["stop"],
        // Like one of the others, and in their order.
        inputs: [...decision.inputs, { ...decision.inputs[0], path: OVERLAYS_PATH, value: [overlay] }].sort(
          (a, b) => (a.path < b.path ? -1 : 1),
        ),
      }));
    };
    const decisions = [...under(lasting, 0), ...under(lifted, 1)];
    const text = '@id("stop") forbid (principal, action, resource);';
    const served = { policies: { ...policies, decisions, overlays: [{ id: lasting, text }] } };
    const { page, server } = await visits.signedIn("/policies/editor", served);
    await checked(page);
    const before = server.reads.length;
    await page.getByRole("button", { name: "Decide again" }).press("Enter");
    await page.getByText("Done.").waitFor();
    // The texts, and the decisions.
    expect(server.reads.length - before).toBe(2);
    const said = await part(page, "What if").innerText();
    expect(said).toContain("2 decisions, ");
    expect(said).toContain(`1 decision forbidden by overlay ${lasting}, which no policies lift.`);
    expect(said).toContain(`cannot be asked: overlay ${lifted} is not in hand`);
    expect(said).not.toContain("policy_denied → permit");
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("says how policies come into force, by two in production", async () => {
    const { page } = await visits.signedIn("/policies/editor", { policies });
    await page.getByText("narrowgate policy publish FOLDER").waitFor();
    await page.getByText("another operator types the same").waitFor();
    const one = { policies: { ...policies, needsTwo: false } };
    const { page: other } = await visits.signedIn("/policies/editor", one);
    await other.getByText("narrowgate policy publish FOLDER").waitFor();
    expect(await other.getByText("another operator types the same").count()).toBe(0);
  });

  test("has nothing to begin with where no policies are in force", async () => {
    const { page } = await visits.signedIn("/policies/editor", {});
    await page.getByText("no schema is known").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
