import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AgentSession, callTool } from "@narrowgate/agent";
import {
  formatReleasePack,
  type ProofBundle,
  parseProofBundle,
  parseReleasePack,
  parseReleasePackBytes,
  type ReleasePack,
  type TrustFile,
} from "@narrowgate/contracts";
import {
  canonicalJson,
  fromBase64url,
  fromUtf8,
  isNarrowgateError,
  type JsonObject,
} from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type Report, verifyBundle, verifyPack } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asObject, textAt, textsAt } from "../../packages/cli/src/admin/read-answer.ts";
import { makeTrust } from "../../packages/cli/src/evidence/make-trust.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { type HttpServer, startModernServer } from "../../packages/server/test/gateway/http-servers.ts";
import { enrolFour, type FourSigners, signByFour } from "./harness/four-signers.ts";
import {
  openTask,
  type ReleaseInstance,
  recordDrill,
  startReleaseInstance,
  writeTrust,
} from "./harness/release-instances.ts";
import { resealed } from "./harness/rewritten-log.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";

let upstream: HttpServer;
let dev: ReleaseInstance;
let prod: ReleaseInstance;
let browser: Browser;
let four: FourSigners;
/** What was tested on the dev instance. */
let tested: ReleasePack;

const engine = createNodeEngine();
const options = (trust: TrustFile) => ({ trust, crypto: nodeCrypto(), engine });

beforeAll(async () => {
  browser = await openBrowser();
  upstream = await startModernServer();
  dev = await startReleaseInstance("dev", upstream.url);
  prod = await startReleaseInstance("prod", upstream.url, { tested_by: await writeTrust(dev) });
  four = await enrolFour(browser, prod);
  const { session } = await openTask(dev);
  await callTool(session, dev.resource, "query", {});
  await recordDrill(dev);
  tested = await exported();
}, 240_000);

afterAll(async () => {
  await browser.close();
  await dev.gate.close();
  await prod.gate.close();
  await upstream.close();
});

/** The command line, as the first operator of an instance. */
async function cli({ gate }: ReleaseInstance, ...words: readonly string[]): Promise<JsonObject> {
  const place = ["--data", gate.directory, "--operator-key", join(gate.directory, "ada.json")];
  const command = [process.execPath, NARROWGATE, "release", ...words, ...place, "--json"];
  const { code, stdout, stderr } = await runChild(command, { env: childEnvironment(gate.directory) });
  if (code !== 0) throw new RangeError(stderr + stdout);
  return asObject(JSON.parse(stdout));
}

const packFile = (): string => join(dev.gate.directory, "tested.json");

async function exported(): Promise<ReleasePack> {
  const declared = ["--declare", "model=none", "--declare", "prompt=read what is asked"];
  await cli(dev, "export", "reader", ...declared, "--output", packFile());
  return parseReleasePackBytes(await readFile(packFile()));
}

function propose(pack: ReleasePack): Promise<JsonObject> {
  return prod.operators.first.send("POST", "/releases", { agent: "reader", tested: pack });
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "ok",
    (error: unknown) => (isNarrowgateError(error) ? error.code : String(error)),
  );

const call = (session: AgentSession, tool: string): Promise<string> =>
  codeOf(callTool(session, prod.resource, tool, {}));

function claimsOf(token: string): JsonObject {
  return asObject(JSON.parse(fromUtf8(fromBase64url(token.split(".")[1] ?? ""))));
}

async function listed(session: AgentSession): Promise<readonly string[]> {
  const version = "2026-07-28";
  const prefix = "io.modelcontextprotocol/";
  const _meta = { [`${prefix}protocolVersion`]: version, [`${prefix}clientCapabilities`]: {} };
  const response = await session.fetchFor(prod.resource)(prod.resource, {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-method": "tools/list",
      "mcp-protocol-version": version,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: "1", method: "tools/list", params: { _meta } }),
  });
  const { result } = await response.json();
  return result.tools.map(({ name }: { name: string }) => name).sort();
}

async function verified(txn: string, trust: TrustFile): Promise<Report> {
  return verifyBundle(await prod.operators.first.bytes(`/transactions/${txn}/bundle`), options(trust));
}

describe("a release", () => {
  it("is tested at one instance, signed by four at another, enforced there, and taken back", async () => {
    const { first } = prod.operators;
    const task = await openTask(prod);
    expect(await call(task.session, "query")).toBe("release_required");

    const proposed = await cli(prod, "propose", "reader", "--tested", packFile());
    const id = textAt(proposed, "id");
    expect(textsAt(proposed, "blocking")).toEqual([]);
    expect(await codeOf(first.send("POST", `/releases/${id}/promote`))).toBe("release_not_signed");
    await signByFour(four, textAt(proposed, "url"));
    await recordDrill(prod, 1);
    const kept = await first.send("POST", `/releases/${id}/promote`).catch((cause: Error) => cause.message);
    expect(kept).toContain("these controls block it now, and did not when it was signed: REL-02;");
    expect(await call(task.session, "query")).toBe("release_required");
    await recordDrill(prod);
    const { deployment } = await first.send("POST", `/releases/${id}/promote`);

    const ng = asObject(claimsOf(await task.session.token(prod.resource)).ng);
    expect(ng.release).toBe(deployment);
    expect(canonicalJson(ng.epochs ?? [])).toContain(`"release:${deployment}"`);
    expect([await call(task.session, "query"), await call(task.session, "steps")]).toEqual(["ok", "ok"]);
    expect(await listed(task.session)).toEqual(["query", "steps"]);

    await prod.register({ query: "confidential" });
    expect([await call(task.session, "query"), await call(task.session, "steps")]).toEqual([
      "tool_not_released",
      "ok",
    ]);
    expect(await listed(task.session)).toEqual(["steps"]);
    await prod.register();
    expect(await call(task.session, "query")).toBe("ok");

    await first.send("POST", `/mandates/${task.mandate}/close`, {});
    const trust = await prod.trust();
    const report = await verified(task.txn, trust);
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe("verified, unwitnessed");
    const signers = report.story.filter(({ kind, status }) => kind === "release" && status === "signed");
    expect(signers.map(({ by }) => by)).toEqual(
      expect.arrayContaining([...four.keys()].map((role) => `passkey of ${role} person`)),
    );

    const later = await openTask(prod);
    expect(await call(later.session, "query")).toBe("ok");
    await prod.register({ owner: "somebody@example.com" });
    expect(await call(later.session, "query")).toBe("release_drifted");
    const drifted = await openTask(prod);
    expect(await call(drifted.session, "query")).toBe("release_drifted");
    await prod.register();
    expect(await call(later.session, "query")).toBe("ok");

    const old = await later.session.token(prod.resource);
    const back = await first.send("POST", "/agents/reader/rollback", {
      reason: "it reads what it should not",
    });
    expect(back.active).toBeUndefined();
    expect(claimsOf(old).ng).toMatchObject({ release: deployment });
    expect(await call(later.session, "query")).toBe("revoked");
    expect(await call(later.session, "query")).toBe("release_required");

    await auditorReads(id, trust);
  }, 240_000);
});

const UNPLUGGED = `import net from "node:net"; net.Socket.prototype.connect = () => { throw new Error("no network"); };`;
const NO_NETWORK = `data:text/javascript,${encodeURIComponent(UNPLUGGED)}`;

/** An auditor's machine: a process of its own, in which every connection fails. */
async function auditorReads(id: string, trust: TrustFile): Promise<void> {
  const [file, trustFile] = [join(prod.gate.directory, "pack.json"), join(prod.gate.directory, "seen.json")];
  await cli(prod, "pack", id, "--output", file);
  const pack = parseReleasePackBytes(await readFile(file));
  await writeFile(trustFile, JSON.stringify(trust));
  const report = await verifyPack(pack, options(trust));
  expect(report.report.failures).toEqual([]);
  const command = [process.execPath, NARROWGATE, "verify", file, "--trust", trustFile];
  const env = { ...childEnvironment(prod.gate.directory), NODE_OPTIONS: `--import=${NO_NETWORK}` };
  const alone = await runChild(command, { env });
  expect(alone.stderr).toBe("");
  expect(alone.code).toBe(0);
  expect(alone.stdout).toContain("certificate: reader in prod, signed under profile scenario 1");
  expect(alone.stdout).toContain("drill DR-01 at L1: pass, 0 failures in 300: below 0.01 at 95 %");
  expect(alone.stdout).toContain("[signed by passkey of security person]");
  await writeFile(file, formatReleasePack({ ...pack, release: "A".repeat(43) }));
  expect((await runChild(command, { env })).code).toBe(1);
  await Promise.all([file, trustFile].map((path) => rm(path)));
}

describe("a tested pack", () => {
  const edited = (edit: (bundle: ProofBundle) => ProofBundle): ReleasePack => {
    const bytes = resealed(edit(parseProofBundle(tested.proof)));
    return { ...tested, proof: asObject(JSON.parse(fromUtf8(bytes))) };
  };
  const ready = (content: JsonObject) => ({
    ...content,
    document: { ...asObject(content["document"]), verdict: "ready", blocking: [] },
    salt: textAt(content, "salt"),
  });
  const evaluationEdited = (bundle: ProofBundle): ProofBundle => ({
    ...bundle,
    entries: bundle.entries.map((entry) =>
      entry.leaf.id === tested.evaluation
        ? { ...entry, openings: { content: ready(asObject(entry.openings?.content)) } }
        : entry,
    ),
  });
  const withoutDrill = (bundle: ProofBundle): ProofBundle => ({
    ...bundle,
    entries: bundle.entries.filter(({ leaf }) => leaf.type !== "assurance" || leaf.body.kind !== "drill"),
  });

  it.each<readonly [string, () => ReleasePack, string]>([
    ["with a verdict that was changed", () => edited(evaluationEdited), "verification_failed"],
    ["without a drill that counts", () => edited(withoutDrill), "verification_failed"],
    [
      "whose proof is about another release",
      () => edited((it) => ({ ...it, release: "A".repeat(43) })),
      "verification_failed",
    ],
    [
      "that names another evaluation",
      () => ({ ...tested, evaluation: "A".repeat(22) }),
      "verification_failed",
    ],
    ["of another release", () => ({ ...tested, release: "A".repeat(43) }), "release_drifted"],
    ["with another declaration", () => ({ ...tested, declared: { model: "another" } }), "release_drifted"],
    ["of another agent", () => ({ ...tested, agent: "writer" }), "release_drifted"],
    ["for an auditor", () => ({ ...tested, format: "narrowgate-release/1" }), "verification_failed"],
  ])("%s is refused, and nothing of it is on record", async (_, make, code) => {
    const { evaluations, releases } = prod.gate.instance();
    const before = releases.list().length;
    const drills = evaluations.drills().length;
    expect(await codeOf(propose(make()))).toBe(code);
    expect(releases.list()).toHaveLength(before);
    expect(evaluations.drills()).toHaveLength(drills);
  });

  it("of an instance that nobody named is refused", async () => {
    const stranger = await startReleaseInstance("dev", upstream.url);
    try {
      const { declared } = tested;
      const answer = await stranger.operators.first.send("POST", "/agents/reader/tested", { declared });
      const pack = parseReleasePack(answer);
      expect(pack.release).toBe(tested.release);
      expect(await codeOf(propose(pack))).toBe("verification_failed");
    } finally {
      await stranger.gate.close();
    }
  });

  it("that ends before the head its reader has seen is refused", async () => {
    const { trust } = await makeTrust(dev.operators.first, 0);
    await writeFile(prod.gate.config.testedBy ?? "", JSON.stringify(trust));
    expect(await codeOf(propose(tested))).toBe("verification_failed");
    await writeTrust(dev);
  });
});
