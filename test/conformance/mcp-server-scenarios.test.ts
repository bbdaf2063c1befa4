import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mediationTable } from "../../packages/server/src/gateway/mcp/mediation-table.ts";
import {
  EVERYTHING_PROGRAM,
  everythingRegistry,
  PERMIT_ALL,
} from "../scenarios/harness/everything-registry.ts";
import { joinForeign, writeAgentKey } from "../scenarios/harness/foreign-agent.ts";
import { freePort } from "../scenarios/harness/free-port.ts";
import { childEnvironment, NARROWGATE } from "../scenarios/harness/run-child.ts";
import { startInstance, type TestInstance } from "../scenarios/harness/test-instance.ts";
import { type Results, runSuite, suiteWords } from "./run-scenarios.ts";

interface Difference {
  readonly reason: string;
  readonly checks: Readonly<Record<string, { readonly direct: string; readonly gated: string }>>;
}

/** By method for what the mediation table refuses; by itself for what only the transport does otherwise. */
interface Expected {
  readonly refused: readonly (Difference & { readonly method: string })[];
  readonly transport: readonly Difference[];
}

let gate: TestInstance;
let direct: Results;
let gated: Results;

/** The server by itself, over its own HTTP transport; waits for what it says when it listens. */
async function startDirect(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const port = await freePort();
  const child = spawn(process.execPath, [EVERYTHING_PROGRAM, "streamableHttp"], {
    env: { ...childEnvironment(gate.directory), PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  const signal = AbortSignal.timeout(20_000);
  while (!said.includes("listening on port"))
    said += String((await once(child.stderr, "data", { signal }))[0]);
  child.stderr.resume();
  return { url: `http://localhost:${port}/mcp`, child };
}

async function runDirect(): Promise<Results> {
  const { url, child } = await startDirect();
  const output = join(gate.directory, "direct");
  try {
    return await runSuite([...suiteWords(output), url], { output, env: childEnvironment(gate.directory) });
  } finally {
    child.kill();
    await once(child, "close");
  }
}

async function runGated(): Promise<Results> {
  const keys = await writeAgentKey(gate, await joinForeign(gate, "first"));
  const output = join(gate.directory, "gated");
  const run = ["run", "--agent", "first", "--key-dir", keys, "--server", "everything", "--"];
  // The address stands in the environment of the program only, so a shell puts it in its arguments.
  const shell = ["sh", "-c", 'exec "$@" "$NARROWGATE_MCP_URL_EVERYTHING"', "sh"];
  return runSuite([process.execPath, NARROWGATE, ...run, ...shell, ...suiteWords(output)], {
    output,
    env: childEnvironment(gate.directory),
  });
}

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(everythingRegistry({ reach: "all" }), PERMIT_ALL);
  await gate.pin("everything");
  direct = await runDirect();
  gated = await runGated();
}, 120_000);

afterAll(() => gate.close());

function differences(): Record<string, { direct: string; gated: string }> {
  const found: Record<string, { direct: string; gated: string }> = {};
  for (const scenario of new Set([...direct.keys(), ...gated.keys()])) {
    const [one, two] = [direct.get(scenario), gated.get(scenario)];
    for (const check of new Set([...(one?.keys() ?? []), ...(two?.keys() ?? [])])) {
      const pair = { direct: one?.get(check) ?? "absent", gated: two?.get(check) ?? "absent" };
      if (pair.direct !== pair.gated) found[`${scenario}: ${check}`] = pair;
    }
  }
  return found;
}

describe("the protocol's server scenarios of 2025-11-25", () => {
  it("ran, all of them, both ways", () => {
    expect(direct.size).toBeGreaterThanOrEqual(30);
    expect([...gated.keys()].sort()).toEqual([...direct.keys()].sort());
  });

  it("come out the same through the gate, but for what the mediation table refuses", async () => {
    const text = await readFile(new URL("expected-differences.json", import.meta.url), "utf8");
    const { refused, transport }: Expected = JSON.parse(text);
    const inTable = mediationTable.filter(({ treatment }) => treatment === "refused");
    for (const { method } of refused) expect(inTable.map((row) => row.method)).toContain(method);
    // Equal, not contained: an entry that is no longer true fails as well.
    expect(differences()).toEqual(
      Object.assign({}, ...[...refused, ...transport].map(({ checks }) => checks)),
    );
  });
});
