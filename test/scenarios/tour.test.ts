import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseTrustFileBytes } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./harness/free-port.ts";

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
    timeout: 110_000,
    maxBuffer: 16 * 1024 * 1024,
  }));
}, 120_000);

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
    expect(printed.match(/^ {2}held /gm)?.length).toBeGreaterThanOrEqual(16);
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

  it("leaves a bundle of which no flipped byte passes", async () => {
    const bundle = await read("proof.json");
    const options = {
      crypto: nodeCrypto(),
      engine: createNodeEngine(),
      trust: parseTrustFileBytes(await read("trust.json")),
    };
    const step = Math.ceil(bundle.length / 120);
    for (let at = 0; at < bundle.length; at += step) {
      const flipped = Uint8Array.from(bundle);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      const { verdict } = await verifyBundle(flipped, options);
      expect(verdict, `byte ${at}`).toBe("failed");
    }
  });

  it("takes its witness with it", async () => {
    const { witnesses } = await restartAndRead(["witness", "list"]);
    expect(witnesses).toEqual([]);
  });

  it("leaves a bundle that the independent checker accepts", async (context) => {
    const python = process.env["NARROWGATE_PYTHON"];
    if (python === undefined) context.skip("no python3 here; `npm test` says so");
    const checker = fileURLToPath(new URL("../independent/check_bundle.py", import.meta.url));
    const files = [
      join(data, "instance", "tour", "proof.json"),
      "--trust",
      join(data, "instance", "tour", "trust.json"),
    ];
    const { stdout } = await run(python ?? "", [checker, ...files], {
      timeout: 60_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    expect(stdout).toContain("verified");
  });
});
