import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mediationTable } from "../../packages/server/src/gateway/mcp/mediation-table.ts";
import { PERMIT_ALL } from "../scenarios/harness/everything-registry.ts";
import { type FixtureProgram, startFixture } from "../scenarios/harness/fixture-program.ts";
import { type FixtureServer, fixtureRegistry } from "../scenarios/harness/fixture-registry.ts";
import { joinForeign, writeAgentKey } from "../scenarios/harness/foreign-agent.ts";
import { childEnvironment, NARROWGATE } from "../scenarios/harness/run-child.ts";
import { startInstance, type TestInstance } from "../scenarios/harness/test-instance.ts";
import { differing, formatCount, type Pair, pairUp } from "./compare-results.ts";
import { type Results, runSuite, suiteWords } from "./run-scenarios.ts";

/** Checks that come out otherwise because the mediation table refuses a method: `why` is the table's own. */
interface Refused {
  readonly direction: string;
  readonly method: string;
  readonly why: string;
  readonly checks: Readonly<Record<string, Pair>>;
}

interface Expected {
  /** What the fixture itself does not pass, by check. */
  readonly direct: Readonly<Record<string, { readonly status: string; readonly why: string }>>;
  readonly refused: readonly Refused[];
}

const SERVERS: readonly FixtureServer[] = ["fixture-http", "fixture-stdio"];

let gate: TestInstance;
let fixture: FixtureProgram;
let keys: string;
let direct: Results;
let expected: Expected;

function runDirect(): Promise<Results> {
  const output = join(gate.directory, "direct");
  return runSuite([...suiteWords(output), fixture.url], { output, env: childEnvironment(gate.directory) });
}

function runGated(server: FixtureServer): Promise<Results> {
  const output = join(gate.directory, server);
  const run = ["run", "--agent", "first", "--key-dir", keys, "--server", server, "--"];
  // The address stands in the environment of the program only, so a shell puts it in its arguments.
  const variable = `NARROWGATE_MCP_URL_${server.toUpperCase().replace("-", "_")}`;
  const shell = ["sh", "-c", `exec "$@" "$${variable}"`, "sh"];
  return runSuite([process.execPath, NARROWGATE, ...run, ...shell, ...suiteWords(output)], {
    output,
    env: childEnvironment(gate.directory),
  });
}

beforeAll(async () => {
  expected = JSON.parse(await readFile(new URL("expected-differences.json", import.meta.url), "utf8"));
  [gate, fixture] = await Promise.all([startInstance(), startFixture()]);
  await gate.apply(fixtureRegistry(fixture.url), PERMIT_ALL);
  for (const server of SERVERS) await gate.pin(server);
  keys = await writeAgentKey(gate, await joinForeign(gate, "first"));
  direct = await runDirect();
}, 120_000);

afterAll(async () => {
  await gate.close();
  await fixture.close();
});

describe("the protocol's server scenarios of 2025-11-25", () => {
  it("pass directly, but for what is listed", () => {
    expect(direct.size).toBeGreaterThanOrEqual(30);
    const failed = [...pairUp(direct, direct)].filter(([, pair]) => pair.direct !== "SUCCESS");
    const listed = Object.entries(expected.direct).map(([check, { status }]) => [check, status]);
    expect(failed.map(([check, pair]) => [check, pair.direct])).toEqual(listed);
  });

  it.each(SERVERS)(
    "come out the same through the gate, but for what the table refuses: %s",
    async (server) => {
      const gated = await runGated(server);
      expect([...gated.keys()].sort()).toEqual([...direct.keys()].sort());
      const pairs = pairUp(direct, gated);
      console.log(`figure: ${server}: ${formatCount(pairs)}`);
      // Equal, not contained: an entry that is no longer true fails as well.
      const listed = expected.refused.flatMap(({ checks }) => Object.entries(checks));
      expect(differing(pairs)).toEqual(Object.fromEntries(listed));
    },
  );

  it("differ only by rows of the mediation table that say refused", () => {
    for (const { direction, method, why } of expected.refused) {
      const row = mediationTable.find((one) => one.direction === direction && one.method === method);
      expect(row, method).toMatchObject({ treatment: "refused", why });
    }
  });
});
