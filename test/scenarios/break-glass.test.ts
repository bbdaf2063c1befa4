import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callTool } from "@narrowgate/agent";
import {
  type ProofBundle,
  packProof,
  parseLeafBytes,
  parseProofBundle,
  parseReleasePack,
  type ReleaseRole,
} from "@narrowgate/contracts";
import {
  fromBase64url,
  fromUtf8,
  isNarrowgateError,
  type JsonObject,
  parseStrictJson,
} from "@narrowgate/kernel";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asObject, objectsAt, textAt } from "../../packages/cli/src/admin/read-answer.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { type HttpServer, startModernServer } from "../../packages/server/test/gateway/http-servers.ts";
import { verdictOnForgery } from "./harness/forged-verdict.ts";
import { enrolFour, type FourSigners } from "./harness/four-signers.ts";
import { glassForgeries } from "./harness/glass-forgeries.ts";
import { openTask, type ReleaseInstance, startReleaseInstance } from "./harness/release-instances.ts";
import { keyFromPkcs8 } from "./harness/rewritten-log.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";

let upstream: HttpServer;
let prod: ReleaseInstance;
let browser: Browser;
let four: FourSigners;
let folder: string;
const bundles: { txn?: ProofBundle; glass?: ProofBundle; contained?: ProofBundle } = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "narrowgate-glass-"));
  browser = await openBrowser();
  upstream = await startModernServer();
  prod = await startReleaseInstance("prod", upstream.url);
  await prod.register({ tier: "T2", effect: "write" });
  four = await enrolFour(browser, prod);
}, 240_000);

afterAll(async () => {
  await browser.close();
  await prod.gate.close();
  await upstream.close();
  await rm(folder, { recursive: true });
});

async function narrowgate(...words: readonly string[]): Promise<JsonObject> {
  const { gate } = prod;
  const place = ["--data", gate.directory, "--operator-key", join(gate.directory, "ada.json")];
  const command = [process.execPath, NARROWGATE, ...words, ...place, "--json"];
  const { code, stdout, stderr } = await runChild(command, { env: childEnvironment(gate.directory) });
  if (code !== 0) throw new RangeError(stderr + stdout);
  return asObject(JSON.parse(stdout));
}

const cli = (...words: readonly string[]): Promise<JsonObject> => narrowgate("release", ...words);

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "ok",
    (error: unknown) => (isNarrowgateError(error) ? error.code : String(error)),
  );

/** Answers on the page as a person does. @returns what the page then says */
async function atPage(
  role: ReleaseRole,
  url: string,
  findings?: string,
  who: ReleaseRole = role,
): Promise<string> {
  const page = four.get(who)?.page;
  if (page === undefined) throw new RangeError(`nobody is ${who}`);
  await page.goto("about:blank");
  await page.goto(url);
  await page
    .getByRole("heading", { name: findings === undefined ? "What it could do" : "What was done" })
    .waitFor();
  await page.locator(`input[name=role][value=${role}]`).check();
  if (findings !== undefined) await page.getByLabel("What you found").fill(findings);
  await page.getByRole("button", { name: "Sign with my passkey" }).click();
  await page.getByText(/^You signed|^Nothing was signed/).waitFor();
  return page.locator("#said").innerText();
}

function claimsOf(token: string): JsonObject {
  return asObject(JSON.parse(fromUtf8(fromBase64url(token.split(".")[1] ?? ""))));
}

const read = (bytes: Uint8Array): ProofBundle =>
  parseProofBundle(parseStrictJson(bytes.subarray(0, -1), { maxBytes: bytes.length, maxKeys: 1_000_000 }));

describe("an agent of production without a release", () => {
  it("is let through by two people for a short time, labelled, ended at once, and reviewed by another", async () => {
    const { first } = prod.operators;
    const { session, mandate, txn } = await openTask(prod);
    const call = (): Promise<string> => codeOf(callTool(session, prod.resource, "query", {}));
    expect(await call()).toBe("release_required");
    const asked = await cli("break-glass", "reader", "--reason", "an outage", "--for", "30m");
    const url = textAt(asked, "url");
    expect(await atPage("pam", url)).toContain("It takes another person");
    expect(await call()).toBe("release_required");
    expect(await atPage("security", url)).toContain("The agent is let through until");
    const claims = claimsOf(await session.token(prod.resource));
    const deployment = textAt(asked, "deployment");
    expect(asObject(claims.ng).release).toBe(deployment);
    const [open] = objectsAt(await cli("glass"), "glasses");
    expect(Number(claims.exp) * 1000).toBeLessThanOrEqual(Number(open?.until));
    expect(await call()).toBe("ok");
    await first.send("POST", `/mandates/${mandate}/close`, {});
    bundles.txn = read(await first.bytes(`/transactions/${txn}/bundle`));

    const { effects } = await cli("rollback", "reader", "--reason", "the outage is over");
    expect(asObject(effects)).toMatchObject({ deployment, total: 1 });
    const later = await openTask(prod);
    expect(await codeOf(callTool(later.session, prod.resource, "query", {}))).toBe("release_required");
    const [due] = objectsAt(await cli("glass"), "glasses");
    expect(due).toMatchObject({ state: "due", overdue: false });
    expect(await atPage("security", url, "as it should")).toContain("it takes another person");
    expect(await atPage("compliance", url, 'one write, asked for by "ops"')).toBe("You signed the review.");
    const [over] = objectsAt(await cli("glass"), "glasses");
    expect(over).toMatchObject({
      state: "reviewed",
      review: { role: "compliance", findings: 'one write, asked for by "ops"' },
    });
    const id = textAt(asked, "id");
    const pack = parseReleasePack(await first.send("GET", `/releases/${id}/pack`));
    bundles.glass = read(packProof(pack));
  }, 240_000);

  it("loses all of them when it is contained, in one commit: what was asked for is signed by nobody, then or later", async () => {
    const { first } = prod.operators;
    const asked = await cli("break-glass", "reader", "--reason", "an outage", "--for", "30m");
    const other = await cli("break-glass", "reader", "--reason", "another outage", "--for", "30m");
    expect(await atPage("pam", textAt(other, "url"))).toContain("It takes another person");
    await atPage("pam", textAt(asked, "url"));
    expect(await atPage("security", textAt(asked, "url"))).toContain("The agent is let through until");
    const { evidence } = prod.gate.instance();
    await first.send("POST", "/contain/reader", { reason: "it misbehaves" });
    await evidence.flush();
    const { size } = await evidence.store.tree();
    const rows = await evidence.store.entries(size - 4, 4);
    expect(
      rows.map(({ leaf }) => Object(parseLeafBytes(leaf).body)).map(({ action, kind }) => action ?? kind),
    ).toEqual(["suspended", "glass_ended", "glass_ended", "agent"]);
    const page = four.get("security")?.page;
    const said = async (): Promise<string | undefined> => {
      await page?.goto("about:blank");
      await page?.goto(textAt(other, "url"));
      await page?.getByText("this is over").waitFor();
      return page?.locator("#said").innerText();
    };
    expect(await said()).toBe("The agent was suspended or retired: this is over.");
    await expect(cli("break-glass", "reader", "--reason", "an outage")).rejects.toThrow(
      "reader is suspended",
    );
    await first.send("POST", "/agents/reader/activate", { reason: "it was no fault of it" });
    expect(await said()).toBe("The agent was suspended or retired: this is over.");
    const states = objectsAt(await cli("glass"), "glasses").map(({ state }) => state);
    expect(states.slice(0, 2).sort()).toEqual(["due", "withdrawn"]);
    // Whoever reviews it may do so in a role in which another person signed.
    const people = objectsAt(await first.send("GET", "/people"), "people");
    const reviewer = people.find(({ name }) => name === "compliance person") ?? {};
    await first.send("POST", `/people/${textAt(reviewer, "ref")}`, { roles: ["compliance", "security"] });
    const reviewed = await atPage("security", textAt(asked, "url"), "nothing was done", "compliance");
    expect(reviewed).toBe("You signed the review.");
    expect((await narrowgate("log", "audit")).findings).toEqual([]);
    const pack = parseReleasePack(await first.send("GET", `/releases/${textAt(other, "id")}/pack`));
    bundles.contained = read(packProof(pack));
  }, 240_000);

  const forged = async (of: "txn" | "glass" | "contained") => {
    const file = await readFile(join(prod.gate.config.dataDirectory, "keys", "keys.json"), "utf8");
    const whole = bundles[of];
    if (whole === undefined) throw new RangeError("nothing was recorded");
    return { whole, folder, trust: await prod.trust(), logKey: keyFromPkcs8(JSON.parse(file).log.pkcs8) };
  };

  it.each(["txn", "glass", "contained"] as const)(
    "is proven offline where nothing is changed: %s",
    async (of) => {
      const { report, independent } = await verdictOnForgery(await forged(of), (entry) => entry);
      expect(report.failures).toEqual([]);
      expect(report.verdict).toBe("verified");
      expect(independent).not.toContain("broken");
      expect(JSON.stringify(report.story).includes("under a break-glass")).toBe(of === "txn");
    },
  );

  it.each(Object.entries(glassForgeries))(
    "is refused with %s, by the independent checker too",
    async (_, { of, rule, edit }) => {
      const story = await forged(of);
      const { report, independent } = await verdictOnForgery(story, (entry) => edit(entry, story.whole));
      expect(report.failures.map((failure) => failure.rule)).toContain(rule);
      expect(independent).toMatch(/broken R-/);
    },
  );
});
