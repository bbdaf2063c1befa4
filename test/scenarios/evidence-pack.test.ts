import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  PACK_NAMES,
  parseProofBundle,
  parseReleaseManifest,
  TAR_BLOCK,
  type TrustFile,
} from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type EvidencePackReport, verifyEvidencePack } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportMaker } from "../../packages/cli/src/evidence-pack/report-forms.ts";
import { evaluationOfAnotherLog } from "./harness/evaluation-of-another-log.ts";
import { type EvidenceStory, exportedPack, startEvidenceStory } from "./harness/evidence-story.ts";
import { archiveOf, editText, filesOf, PACK_FORGERIES } from "./harness/pack-forgeries.ts";
import { keyFromPkcs8 } from "./harness/rewritten-log.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";

const UNPLUGGED = `import net from "node:net"; net.Socket.prototype.connect = () => { throw new Error("no network"); };`;
const NO_NETWORK = `data:text/javascript,${encodeURIComponent(UNPLUGGED)}`;
const checker = fileURLToPath(new URL("../independent/check_pack.py", import.meta.url));
/** Which of several has what is needed, the checker finds out itself. */
const python = process.env["NARROWGATE_PYTHON"] ?? "python3";
const engine = createNodeEngine();

let story: EvidenceStory;
let trust: TrustFile;
let pack: Buffer;
let older: Buffer;
const tasks: { readonly txn: string; readonly server: string }[] = [];

async function work(server: "data" | "post"): Promise<void> {
  tasks.push({ server, txn: await story.task(server) });
}

beforeAll(async () => {
  story = await startEvidenceStory();
  await work("data");
  older = await exportedPack(story, "older.tar");
  await work("post");
  await work("data");
  pack = await exportedPack(story, "evidence.tar", "--sample", "2");
  trust = await story.trust();
  await writeFile(story.path("trust.json"), JSON.stringify(trust));
}, 240_000);

afterAll(() => story?.close());

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const productOn = (bytes: Uint8Array, size = 65_536): Promise<EvidencePackReport> =>
  verifyEvidencePack(chunksOf(bytes, size), { trust, crypto: nodeCrypto(), engine, reports: reportMaker() });

/** All lines of the independent checker. */
async function independentOn(bytes: Uint8Array): Promise<string> {
  const file = story.path("checked.tar");
  await writeFile(file, bytes);
  const args = [checker, file, "--trust", story.path("trust.json")];
  return new Promise((resolve) => {
    execFile(python, args, { timeout: 60_000 }, (_, stdout) => resolve(stdout.trimEnd()));
  });
}

const lastLine = (text: string): string => text.split("\n").at(-1) ?? "";

/** An auditor's machine: a process of its own, in which every connection fails. */
async function onAnotherMachine(file: string, ...more: readonly string[]) {
  const command = [
    process.execPath,
    NARROWGATE,
    "verify",
    file,
    "--trust",
    story.path("trust.json"),
    ...more,
  ];
  const env = { ...childEnvironment(story.gate.directory), NODE_OPTIONS: `--import=${NO_NETWORK}` };
  return runChild(command, { env });
}

describe("an evidence pack", () => {
  it("verifies on a machine that never saw the instance, by both checkers", async () => {
    const told = await onAnotherMachine(story.path("evidence.tar"));
    expect(told.stdout).toContain("evidence pack: verified, unwitnessed");
    expect(told.stdout).toContain("certificate: clerk in dev, signed under profile scenario 1");
    expect(told.stdout).toContain(
      "sensitive: 1, all verified; drawn of the other 3: 2, none of which failed",
    );
    expect(told.code).toBe(0);
    const independent = await independentOn(pack);
    expect(independent).toContain("4 transactions, 1 sensitive and all here, 2 of the others drawn");
    expect(lastLine(independent)).toBe("verified, unwitnessed");
  });

  it("has the sensitive transaction first, and says as JSON what was verified", async () => {
    const { stdout } = await onAnotherMachine(story.path("evidence.tar"), "--json");
    const report = JSON.parse(stdout);
    expect(report.end).toMatchObject({ population: 4, sensitive: 1, sampled: 2, transactions: 3 });
    expect(report.transactions).toMatchObject({ verified: 3, open: 0 });
    const bundle = JSON.parse(
      Buffer.from(filesOf(pack).get("transactions/000001.json") ?? "").toString("utf8"),
    );
    expect(bundle.txn).toBe(tasks.find(({ server }) => server === "post")?.txn);
  });

  it("is read in pieces of any size", async () => {
    for (const size of [1_000, 512, pack.length])
      expect((await productOn(pack, size)).failures, String(size)).toEqual([]);
  });

  it("is refused under another trust file, and is only consistent with itself under none", async () => {
    const [log] = trust.logs;
    const { verdict, failures } = await verifyEvidencePack(chunksOf(pack, 65_536), {
      trust: { ...trust, logs: log === undefined ? [] : [{ ...log, origin: "elsewhere.example/log/x" }] },
      crypto: nodeCrypto(),
      engine,
      reports: reportMaker(),
    });
    expect([verdict, failures[0]?.rule]).toEqual(["failed", "E-24"]);
    const none = await verifyEvidencePack(chunksOf(pack, 65_536), {
      crypto: nodeCrypto(),
      engine,
      reports: reportMaker(),
    });
    expect([none.verdict, none.failures]).toEqual(["self-consistent", []]);
  });

  it.each(PACK_FORGERIES)("%s: both refuse it, by %s", async (_, rule, change) => {
    const files = filesOf(pack);
    change(files, filesOf(older));
    const forged = archiveOf(files);
    const product = await productOn(forged);
    expect([product.verdict, product.failures[0]?.rule]).toEqual(["failed", rule]);
    expect(lastLine(await independentOn(forged))).toBe(`failed: ${rule}`);
  });

  it("whose evaluation says that it is of another log is refused by both, whoever signs it", async () => {
    const keys = await readFile(join(story.gate.config.dataDirectory, "keys", "keys.json"), "utf8");
    const files = filesOf(pack);
    await evaluationOfAnotherLog(files, trust, keyFromPkcs8(JSON.parse(keys).log.pkcs8));
    const forged = archiveOf(files);
    const of = "the evaluation is of another log";
    expect((await productOn(forged)).failures).toEqual([{ rule: "K-3", message: of }]);
    expect(await independentOn(forged)).toContain(of);
  });

  it("with another page or OSCAL file is refused by whoever makes reports; the other says that it makes none", async () => {
    for (const name of [PACK_NAMES.html, PACK_NAMES.oscal]) {
      const files = filesOf(pack);
      editText(files, name, "clerk", "Clerk");
      const forged = archiveOf(files);
      expect((await productOn(forged)).failures[0]?.rule).toBe("K-5");
      expect(await independentOn(forged)).toContain("claimed: reports:");
    }
  });

  it("with a byte of the container changed is refused by both", async () => {
    const at = {
      "a time in a header": 140,
      "a name of an owner": 270,
      "what fills a file up": TAR_BLOCK + 1_700,
    };
    for (const [what, place] of Object.entries(at)) {
      const damaged = Buffer.from(pack);
      damaged[place] = 0x31;
      expect((await productOn(damaged)).failures[0]?.rule, what).toMatch(/^K-[12]$/);
      expect(lastLine(await independentOn(damaged)), what).toBe("failed: K-1");
    }
    for (const cut of [
      pack.subarray(0, -1),
      pack.subarray(0, -512),
      Buffer.concat([pack, Buffer.alloc(512)]),
    ]) {
      expect((await productOn(cut)).failures[0]?.rule).toBe("K-1");
      expect(lastLine(await independentOn(cut))).toBe("failed: K-1");
    }
  });

  it("of a transaction that goes on is open, and is left unwritten where it cannot be finished", async () => {
    const txn = await story.task("post", true);
    await exportedPack(story, "open.tar");
    const told = await onAnotherMachine(story.path("open.tar"));
    expect([told.code, told.stdout]).toEqual([3, expect.stringContaining("evidence pack: open")]);
    expect((await onAnotherMachine(story.path("open.tar"), "--open")).code).toBe(0);
    expect(txn).not.toBe("");
    const again = await story.cli(
      "evidence",
      "export",
      "--release",
      story.release,
      "--output",
      story.path("open.tar"),
    );
    expect(again.code).not.toBe(0);
    expect((await readFile(story.path("open.tar"))).length).toBeGreaterThan(0);
  });

  it("can be asked for by either a transaction or a release, with a sample that there can be", async () => {
    const usage = async (...words: readonly string[]) =>
      (await story.cli("evidence", "export", "--output", story.path("none.tar"), ...words)).code;
    expect(await usage()).toBe(2);
    expect(await usage("--txn", "x", "--release", story.release)).toBe(2);
    expect(await usage("--release", story.release, "--sample", "0")).toBe(2);
    expect(await usage("--release", story.release, "--since", "yesterday")).toBe(2);
  });

  it("of a release that was proposed to hide them has the irreversible calls before it all the same", async () => {
    const proposed = await story.proposeMild();
    const file = story.path("mild.tar");
    const words = ["evidence", "export", "--release", proposed, "--since", "2020-01-01", "--output", file];
    expect((await story.cli(...words)).stderr).not.toContain("error");
    const files = filesOf(await readFile(file));
    const release = JSON.parse(Buffer.from(files.get(PACK_NAMES.release) ?? "").toString("utf8"));
    const proposal = parseProofBundle(release.proof).entries.find(
      ({ leaf }) => leaf.type === "release" && leaf.body.release === release.release,
    );
    const manifest = proposal?.openings?.content?.["manifest"];
    expect(parseReleaseManifest(manifest).tools.map(({ effect }) => effect)).toEqual(["read", "read"]);
    const told = await onAnotherMachine(file, "--open", "--json");
    const irreversible = tasks.filter(({ server }) => server === "post").length;
    expect(JSON.parse(told.stdout).end).toMatchObject({ sensitive: irreversible + 1 });
    expect(await independentOn(await readFile(file))).toContain(`${irreversible + 1} sensitive and all here`);
  });
});
