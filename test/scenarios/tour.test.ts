import { execFile, spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  type LeafType,
  type ProofBundle,
  parseProofBundle,
  parseTrustFileBytes,
  type TrustFile,
} from "@narrowgate/contracts";
import { canonicalBytes } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FlipCheck } from "./harness/flip-check.ts";
import { flipEveryByte } from "./harness/flip-every-byte.ts";
import { freePort } from "./harness/free-port.ts";
import { keyFromPkcs8, resealed } from "./harness/rewritten-log.ts";
import {
  type Forgery,
  type ForgerySource,
  keylessForgeries,
  operatorForgeries,
  unseenForgeries,
} from "./harness/tour-forgeries.ts";

const run = promisify(execFile);
const CLI = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const FLAGS = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];

let data: string;
let printed: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "narrowgate-tour-test-"));
  const port = await freePort();
  const args = [...FLAGS, CLI, "up", "--once", "--data", join(data, "instance"), "--port", String(port)];
  env = { ...process.env, HOME: data, XDG_CONFIG_HOME: join(data, "config"), NO_COLOR: "1" };
  ({ stdout: printed } = await run(process.execPath, args, {
    env,
    timeout: 1_190_000,
    maxBuffer: 16 * 1024 * 1024,
  }));
}, 1_200_000);

afterAll(() => rm(data, { recursive: true, force: true }));

const read = (name: string): Promise<Buffer> => readFile(join(data, "instance", "tour", name));

/** Starts the instance of the tour again, runs one command against it, and ends it. */
async function restartAndRead(command: readonly string[]): Promise<Record<string, unknown>> {
  const instance = ["--data", join(data, "instance")];
  const up = spawn(process.execPath, [...FLAGS, CLI, "up", ...instance], { env, stdio: "pipe" });
  const ended = once(up, "close");
  try {
    for await (const line of createInterface({ input: up.stderr })) if (line.includes("is ready at")) break;
    const { stdout } = await run(process.execPath, [...FLAGS, CLI, ...command, ...instance, "--json"], {
      env,
    });
    return JSON.parse(stdout);
  } finally {
    up.kill("SIGTERM");
    await ended;
  }
}

describe("the tour, as `npm start -- --once` runs it", () => {
  it("shows all its claims, and all of them hold", () => {
    expect(printed).toMatch(/All \d+ claims held/);
    expect(printed).not.toContain("FAILED");
    expect(printed.match(/^ {2}held /gm)?.length).toBeGreaterThanOrEqual(51);
  });

  it("leaves a bundle that verifies under its trust file, with every decision recomputed", async () => {
    const options = {
      crypto: nodeCrypto(),
      engine: createNodeEngine(),
      trust: parseTrustFileBytes(await read("trust.json")),
    };
    const report = await verifyBundle(await read("proof.json"), options);
    expect(report.verdict).toBe("verified");
    expect(report.failures).toEqual([]);
    expect(report.counts.missing).toBe(0);
  });

  it("leaves a bundle of production that verifies with both releases, their certificates and four signatures each", async () => {
    const options = {
      crypto: nodeCrypto(),
      engine: createNodeEngine(),
      trust: parseTrustFileBytes(await read("production-trust.json")),
    };
    const report = await verifyBundle(await read("production.json"), options);
    expect(report.verdict).toBe("verified");
    const { entries } = parseProofBundle(JSON.parse((await read("production.json")).toString()));
    const steps = entries.flatMap(({ leaf }) => (leaf.type === "release" ? [leaf.body.action] : []));
    // Two agents had a part in it, each under a release that four signed.
    expect(steps.filter((step) => step === "signed")).toHaveLength(8);
    expect(steps.filter((step) => step === "activated")).toHaveLength(2);
  });

  it("leaves an evidence pack of the release that verifies on a machine without network", async () => {
    const files = ["evidence.tar", "production-trust.json"].map((name) =>
      join(data, "instance", "tour", name),
    );
    const [pack = "", trust = ""] = files;
    const verify = [process.execPath, ...FLAGS, CLI, "verify", pack, "--trust", trust, "--json"];
    // Where the system lets us, the process has no network at all, not even loopback.
    const alone = await run("unshare", ["-rn", "true"]).then(
      () => ["unshare", "-rn"],
      () => [],
    );
    const [program = "", ...args] = [...alone, ...verify];
    const { stdout } = await run(program, args, { env, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 });
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "verified" });
  }, 150_000);

  it("signed the release under foundation, after its drills had passed", () => {
    expect(printed).toContain("under the profile `foundation`, and production tokens name exactly");
    const drills = printed.match(/^ {2}DR-\d\d at L\d: pass/gm) ?? [];
    expect(drills.length).toBeGreaterThanOrEqual(21);
  });

  it("leaves a bundle of which no byte can be changed, whether the seal is repaired or not", async () => {
    const [file, trust] = [await read("proof.json"), await read("trust.json")];
    const counts = await flipEveryByte(file, trust);
    expect(counts.wrong).toEqual([]);
    expect(counts.bytes).toBe(file.length);
    const { bytes, oneBit, sameClass, whole, faults } = counts;
    process.stdout.write(
      `${bytes} bytes: ${oneBit} changes of one bit, ${sameClass} to another character of the class, none passed; ` +
        `the whole verifier on ${whole}; ${JSON.stringify(faults)}\n`,
    );
  }, 800_000);

  it("takes its witness with it", async () => {
    const { witnesses } = await restartAndRead(["witness", "list"]);
    expect(witnesses).toEqual([]);
  });

  it("leaves bundles and a pack that the independent checker accepts", async (context) => {
    const python = process.env["NARROWGATE_PYTHON"];
    if (python === undefined) context.skip("no python3 here; `npm test` says so");
    const checker = (name: string): string =>
      fileURLToPath(new URL(`../independent/${name}`, import.meta.url));
    const at = (name: string): string => join(data, "instance", "tour", name);
    for (const [check, bundle, trust] of [
      ["check_bundle.py", "proof.json", "trust.json"],
      ["check_bundle.py", "production.json", "production-trust.json"],
      ["check_pack.py", "evidence.tar", "production-trust.json"],
    ] as const) {
      const { stdout } = await run(python ?? "", [checker(check), at(bundle), "--trust", at(trust)], {
        timeout: 120_000,
        maxBuffer: 16 * 1024 * 1024,
      });
      expect(stdout, bundle).toContain("verified");
    }
  }, 400_000);
});

describe("the tour's bundle, forged", () => {
  const crypto = nodeCrypto();
  const engine = createNodeEngine();
  let source: ForgerySource;

  beforeAll(async () => {
    const keyFile = JSON.parse(await readFile(join(data, "instance", "keys", "keys.json"), "utf8"));
    source = {
      bundle: parseProofBundle(JSON.parse((await read("proof.json")).toString())),
      trust: parseTrustFileBytes(await read("trust.json")),
      keys: {
        log: keyFromPkcs8(keyFile.log.pkcs8),
        witness: createPrivateKey(await read(join("witness", "witness.pem"))),
      },
    };
  });

  const verify = (bundle: ProofBundle, trust: TrustFile = source.trust): Promise<Report> =>
    verifyBundle(resealed(bundle), { crypto, engine, trust });

  async function expectRefused(
    forgeries: Readonly<Record<string, Forgery>>,
    trust: TrustFile,
  ): Promise<void> {
    for (const [what, { rule, names, entry, make }] of Object.entries(forgeries)) {
      const { verdict, failures } = await verify(await make(), trust);
      expect(verdict, what).toBe("failed");
      const found = failures.find((failure) => failure.rule === rule && names.test(failure.message));
      expect(found, `${what}: ${JSON.stringify(failures.slice(0, 3))}`).toBeDefined();
      if (entry !== undefined) expect(found?.entry, what).toBe(entry);
    }
  }

  it(
    "by somebody without keys, fails and says where",
    () => expectRefused(keylessForgeries(source), source.trust),
    300_000,
  );

  it(
    "by an operator with every key, fails before a reader who has seen a head",
    () => expectRefused(operatorForgeries(source), source.trust),
    300_000,
  );

  it("by an operator with every key, fails by its content before a reader who has seen none", () => {
    const [log] = source.trust.logs;
    const unseen = { ...source.trust, logs: log === undefined ? [] : [{ ...log, size: 0 }] };
    return expectRefused(unseenForgeries(source), unseen);
  }, 300_000);

  it("fails at the very leaf for openings of its neighbour", () => {
    const { bundle, trust } = source;
    const check = new FlipCheck(resealed(bundle), trust);
    const opened = bundle.entries.filter(({ openings }) => openings !== undefined);
    const fault = (entry: ProofBundle["entries"][number], other: typeof entry | undefined): string =>
      check.entryFault(canonicalBytes({ ...entry, openings: other?.openings ?? {} }));
    const faults = opened.slice(1).flatMap((entry, i) => {
      const before = opened[i];
      return before === undefined ? [] : [fault(entry, before), fault(before, entry)];
    });
    expect(faults.length).toBe(2 * (opened.length - 1));
    expect(new Set(faults)).toEqual(new Set(["commitment"]));
  }, 120_000);

  it("without its closing is open, and without any other of its leaves fails", async () => {
    const { entries } = source.bundle;
    const found: Record<string, LeafType[]> = {};
    for (const dropped of entries) {
      const kept = entries.filter((entry) => entry !== dropped);
      const { verdict } = await verify({ ...source.bundle, entries: kept });
      found[verdict] = [...(found[verdict] ?? []), dropped.leaf.type];
    }
    expect(Object.keys(found).sort()).toEqual(["failed", "open"]);
    expect(found["open"]).toEqual(["closing"]);
  }, 600_000);
});
