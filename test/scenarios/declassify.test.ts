import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AgentSession, callTool, openMandate, openSession } from "@narrowgate/agent";
import { type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { cosignatureType, formatVerifierKey, makeVerifierKey } from "@narrowgate/tlog";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { enrolAtChromium } from "./harness/chromium-person.ts";
import { declassifyForgeries, declassifyReports, type Edit } from "./harness/declassify-forgeries.ts";
import { NO_EGRESS_AFTER_READING } from "./harness/egress-policy.ts";
import { EVERYTHING_CHILD } from "./harness/everything-registry.ts";
import { freePort } from "./harness/free-port.ts";
import { registeredAgent } from "./harness/registered-agent.ts";
import { keyFromPkcs8, resealed, rewritten, sha256 } from "./harness/rewritten-log.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { exportedWithTrust, failedRules, verifiedExport } from "./harness/verified-export.ts";

const CHECKER = fileURLToPath(new URL("../independent/check_bundle.py", import.meta.url));
const PYTHON = process.env["NARROWGATE_PYTHON"] ?? "python3";

let gate: TestInstance;
let browser: Browser;

function said(more: JsonObject): JsonObject {
  return { data_class: "internal", effect: "read", egress: false, untrusted: false, ...more };
}

function registry(): JsonObject {
  const tools = ["echo", "get-sum", "get-annotated-message", "get-structured-content"];
  return {
    agents: [
      registeredAgent("courier", [{ type: "mcp_tool", server: "desk", tools }], {
        purpose: "test of declassification",
      }),
    ],
    servers: [
      {
        id: "desk",
        upstream: EVERYTHING_CHILD,
        tools: [
          { name: "echo", ...said({ effect: "write", egress: true }) },
          { name: "get-sum", ...said({}) },
          { name: "get-annotated-message", ...said({ data_class: "confidential", untrusted: true }) },
          { name: "get-structured-content", ...said({ data_class: "restricted", untrusted: true }) },
        ],
      },
    ],
  };
}

function narrowgate(words: readonly string[], input?: string): ReturnType<typeof runChild> {
  const [group = "", command = "", ...rest] = words;
  const line = [process.execPath, NARROWGATE, group, command, "--data", gate.directory, ...rest];
  const env = childEnvironment(join(gate.directory, "home"));
  return runChild(line, { env, ...(input === undefined ? {} : { input }) });
}

beforeAll(async () => {
  browser = await openBrowser();
  const port = await freePort();
  const place = { origin: `http://localhost:${port}`, listen: { host: "127.0.0.1", port } };
  gate = await startInstance({ config: { approvals: place } });
  await gate.apply(registry());
  await gate.pin("desk");
  await gate.apply(registry(), NO_EGRESS_AFTER_READING);
  await mkdir(join(gate.directory, "home"));
  const code = gate.instance().operators.offerFirst()?.shown ?? "";
  const enrolled = await narrowgate(["operator", "enrol", "--name", "Ada", "--code-file", "-"], code);
  expect([enrolled.code, enrolled.stderr]).toEqual([0, ""]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await gate.close();
});

const at = (): string => `${gate.issuer}/mcp/desk`;

interface Work {
  readonly session: AgentSession;
  readonly txn: string;
}

async function work(subject = "agent:courier"): Promise<Work> {
  const client = await gate.join("courier");
  const document = {
    v: 1,
    salt: randomId(),
    agent: "courier",
    subject,
    purpose: "test of declassification",
    authority: gate.instance().registry.agent("courier")?.ceiling ?? {},
    expires: Math.floor(Date.now() / 1000) + 900,
    idleSeconds: 900,
  } as const;
  const session = openSession(client, await openMandate(client, document));
  const token = await session.token(at());
  const { txn } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  return { session, txn };
}

const send = ({ session }: Work): Promise<unknown> => callTool(session, at(), "echo", { message: "hello" });
const read = ({ session }: Work): Promise<unknown> =>
  callTool(session, at(), "get-annotated-message", { messageType: "error" });

const STOPPED = { code: "policy_denied", publicMessage: expect.stringContaining("writes to nobody outside") };

async function bundleOf(txn: string): Promise<ProofBundle> {
  const { bytes } = await exportedWithTrust(gate, txn);
  return parseProofBundle(JSON.parse(Buffer.from(bytes).toString("utf8")));
}

/** Leaf ids of the outcomes of a task, oldest first. */
async function outcomes(txn: string): Promise<readonly string[]> {
  const { entries } = await bundleOf(txn);
  return entries.flatMap(({ leaf }) => (leaf.type === "outcome" && leaf.txn?.id === txn ? [leaf.id] : []));
}

async function ask(
  txn: string,
  entry: string,
  to: readonly string[] = ["--to", "confidential"],
): Promise<{ readonly url: string; readonly said: string }> {
  const reason = ["--reason", "read it; it holds no instructions"];
  const words = ["label", "declassify", ...to, ...reason, "--", txn, entry];
  const { stdout, stderr } = await narrowgate(words);
  return { url: stdout.split("\n").find((line) => line.startsWith("http")) ?? "", said: stdout + stderr };
}

async function sign(page: Page, url: string): Promise<string> {
  await page.goto(url);
  await page.reload();
  await page.getByRole("button", { name: "Say so with my passkey" }).click();
  const words = page.getByText(/^You approved|^Nothing was signed/);
  await words.waitFor();
  return words.innerText();
}

/** The task whose label fell, once the first test has run. */
let fallen: Work;

describe("an answer that a person has read", () => {
  it("no longer binds the task once she has signed its exact bytes, and offline everybody can see why", async () => {
    const task = await work();
    await read(task);
    await expect(send(task)).rejects.toMatchObject(STOPPED);
    const [entry = ""] = await outcomes(task.txn);
    const { url, said } = await ask(task.txn, entry);
    expect(said).toContain("waits for security#1");
    await expect(send(task)).rejects.toMatchObject(STOPPED);

    const { page } = await enrolAtChromium(browser, gate, "Vera", { roles: ["security"] });
    await gate.restart();
    await page.goto(url);
    await page.getByRole("heading", { name: "Exactly this answer" }).waitFor();
    const shown = await page.locator("dl").innerText();
    for (const text of [
      "tool get-annotated-message",
      "/content/0/text",
      "no instructions",
      "confidential, untrusted",
    ])
      expect(shown).toContain(text);
    expect(await sign(page, url)).toContain("The task carries what you signed for");

    await send(task);
    fallen = task;
    const report = await verifiedExport(gate, task.txn);
    expect(failedRules(report)).toEqual([]);
    const lines = report.story.filter(({ text }) => text.join(" ").endsWith("now carries confidential"));
    expect(lines.map(({ status, by }) => [status, by])).toEqual([
      ["signed", "passkey of Vera"],
      ["signed", "passkey of Vera"],
    ]);
    await read(task);
    await expect(send(task)).rejects.toMatchObject(STOPPED);
    expect(failedRules(await verifiedExport(gate, task.txn))).toEqual([]);
  }, 120_000);

  it("is not taken back when anything was read with it, before or after people were asked", async () => {
    const task = await work();
    await read(task);
    const [first = ""] = await outcomes(task.txn);
    expect((await ask(task.txn, first, ["--to", "public"])).url).not.toBe("");
    const { url } = await ask(task.txn, first);
    await callTool(task.session, at(), "get-sum", { a: 1, b: 2 });
    expect((await ask(task.txn, first)).said).toContain("only the last can be taken back");
    const { page } = await enrolAtChromium(browser, gate, "Wim", { roles: ["security"] });
    expect(await sign(page, url)).toContain("something else was read since");
    await expect(send(task)).rejects.toMatchObject(STOPPED);
    expect(failedRules(await verifiedExport(gate, task.txn))).toEqual([]);
  }, 120_000);

  it("falls no lower than what was carried before it, and is asked for by nobody who may sign", async () => {
    const task = await work();
    await callTool(task.session, at(), "get-sum", { a: 1, b: 2 });
    await read(task);
    const [sum = "", message = ""] = await outcomes(task.txn);
    expect((await ask(task.txn, message, ["--to", "public"])).said).toContain("cannot fall below");
    expect((await ask(task.txn, message, ["--to", "restricted"])).said).toContain("not below what the task");
    expect((await ask(task.txn, sum)).said).toContain("only the last can be taken back");
    expect((await ask(task.txn, randomId())).said).toContain("not_found");
    const { url } = await ask(task.txn, message);
    const { page: approver } = await enrolAtChromium(browser, gate, "Bea");
    expect(await sign(approver, url)).toContain("takes the role security");
    const { page: owner } = await enrolAtChromium(browser, gate, "owner@example.com", {
      roles: ["security"],
    });
    expect(await sign(owner, url)).toContain("another person has to answer");
    const { page: operator } = await enrolAtChromium(browser, gate, "Ada", { roles: ["security"] });
    expect(await sign(operator, url)).toContain("another person has to answer");
    await expect(send(task)).rejects.toMatchObject(STOPPED);
  }, 120_000);

  it("that is restricted takes two people, and stays bound when one refuses", async () => {
    const task = await work();
    await callTool(task.session, at(), "get-structured-content", { location: "New York" });
    const [entry = ""] = await outcomes(task.txn);
    const { url, said } = await ask(task.txn, entry, ["--to", "internal"]);
    expect(said).toContain("compliance#1, security#1");
    const { page: both } = await enrolAtChromium(browser, gate, "Zoe", { roles: ["security", "compliance"] });
    expect(await sign(both, url)).toContain("Still missing");
    expect(await sign(both, url)).toContain("another person has to sign");
    await expect(send(task)).rejects.toMatchObject(STOPPED);
    const { page } = await enrolAtChromium(browser, gate, "Kim", { roles: ["security", "compliance"] });
    expect(await sign(page, url)).toContain("The task carries");
    await send(task);
    expect(failedRules(await verifiedExport(gate, task.txn))).toEqual([]);
  }, 120_000);
});

describe("a label that", () => {
  const witness = generateKeyPairSync("ed25519");

  /** Verifies the bundle as written anew by whoever holds the keys of the log and of the only witness. */
  async function verdictOn(edit: Edit): Promise<{ readonly report: Report; readonly independent: string }> {
    const { trust } = await exportedWithTrust(gate, fallen.txn);
    const bundle = await bundleOf(fallen.txn);
    const file = await readFile(join(gate.config.dataDirectory, "keys", "keys.json"), "utf8");
    const { x = "" } = witness.publicKey.export({ format: "jwk" });
    const publicKey = Buffer.from(x, "base64url");
    const key = makeVerifierKey(sha256, { name: "witness.example", type: cosignatureType, publicKey });
    const trusted = { ...trust, witnesses: { keys: [formatVerifierKey(key)], threshold: 1 } };
    const keys = { log: keyFromPkcs8(JSON.parse(file).log.pkcs8), witness: witness.privateKey };
    const forged = await rewritten({ bundle, trust: trusted }, keys, (entry) => edit(entry, bundle));
    const bytes = resealed(forged);
    const places = [join(gate.directory, "proof.json"), join(gate.directory, "trust.json")] as const;
    await writeFile(places[0], bytes);
    await writeFile(places[1], JSON.stringify(trusted));
    const [report, { stdout }] = await Promise.all([
      verifyBundle(bytes, { trust: trusted, crypto: nodeCrypto(), engine: createNodeEngine() }),
      runChild([PYTHON, CHECKER, places[0], "--trust", places[1]], { env: childEnvironment(gate.directory) }),
    ]);
    return { report, independent: stdout };
  }

  it("falls as it was signed for is proven, whoever writes the rest of the log anew", async () => {
    const { report, independent } = await verdictOn((entry) => entry);
    expect(failedRules(report)).toEqual([]);
    expect(independent).toContain("by a passkey (virtual authenticator)");
    expect(independent).not.toMatch(/E-29|E-31/);
  });

  it.each(Object.entries(declassifyForgeries))(
    "%s is caught, by the independent checker too",
    async (name, edit) => {
      const { report, independent } = await verdictOn(edit);
      expect(failedRules(report)).toContainEqual(expect.stringContaining(declassifyReports[name] ?? name));
      expect(independent).toMatch(/E-29|E-31/);
    },
  );
});
