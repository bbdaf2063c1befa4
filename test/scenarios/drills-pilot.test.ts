import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DrillResult, Pilot } from "@narrowgate/contracts";
import { DRILLS, type Job, runDrills } from "@narrowgate/drills";
import type { JsonObject } from "@narrowgate/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startUpstreams, type Upstreams } from "../../packages/drills/src/stage/upstreams.ts";
import { Agent, tokenOf } from "../../packages/drills/src/wire/agent.ts";
import { pilotsOf } from "../../packages/server/src/compose/pilot-of.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const string = { type: "string" };
const define = (name: string, properties: JsonObject, required: readonly string[]) => ({
  server: "desk",
  kind: "tool" as const,
  name,
  definition: { name, description: `Does ${name}.`, inputSchema: { type: "object", properties, required } },
});
const DEFINITIONS: Pilot["definitions"] = [
  define("read_ticket", { path: string, lines: { type: "integer", minimum: 1 } }, ["path", "lines"]),
  define("note", { ticket: { type: "integer" }, text: string }, ["ticket", "text"]),
  define("refund", { amount_minor: { type: "integer" }, currency: string }, ["amount_minor", "currency"]),
];

const tool = (tools: readonly string[], more: JsonObject = {}): JsonObject => ({
  ...{ type: "mcp_tool", server: "desk", tools: [...tools], data_class: "confidential" },
  ...more,
});

const clerk = (id: string, delegates: readonly string[]): JsonObject => ({
  id,
  owner: "owner@desk.example",
  deputy: "deputy@desk.example",
  purpose: `works tickets as ${id}`,
  tier: "T2",
  expires: "2099-01-01",
  delegates: [...delegates],
  bindings: [{ method: "enrolment" }],
  ceiling: {
    authorization_details: [
      tool(["read_ticket"], { constraints: { "/path": { prefix: "tickets/" } } }),
      tool(["note"], { caps: { calls: 5000 } }),
      tool(["refund"], { data_class: "public", constraints: { "/currency": { equals: "EUR" } } }),
    ],
  },
});

const registry = (url: string): JsonObject => ({
  agents: [clerk("clerk", ["helper"]), clerk("helper", [])],
  servers: [
    {
      id: "desk",
      upstream: { transport: "http", url, auth: "none" },
      tools: [
        ...["read_ticket", "note"].map((name) => ({
          ...{ name, data_class: "confidential", egress: false, untrusted: false },
          effect: name === "note" ? "write" : "read",
        })),
        {
          name: "refund",
          data_class: "public",
          effect: "irreversible",
          egress: false,
          amount: "/amount_minor",
        },
      ],
      store: { data_class: "confidential", untrusted: false },
      response_rules: [{ when: { pattern: "secret" }, label: { data_class: "restricted" } }],
    },
  ],
  issuers: [
    { issuer: "https://people.desk.example", uses: ["subject"], jwks_uri: "https://people.desk.example/k" },
  ],
  entitlements: [
    {
      group: "desk",
      issuer: "https://people.desk.example",
      authority: { authorization_details: [tool(["read_ticket"])] },
    },
  ],
});

const POLICIES = `
@id("desk-tokens") @reason("tokens for the desk")
permit (principal == Agent::"clerk", action in [Action::"mint_token", Action::"exchange_token"], resource);
@id("desk-works") @reason("the desk reads and notes")
permit (principal == Agent::"clerk", action == Action::"call_tool", resource) when { resource.effect != "irreversible" };
@id("desk-never") @reason("nothing at this house is irreversible")
forbid (principal, action == Action::"call_tool", resource) when { resource.effect == "irreversible" };
@id("desk-currency") @reason("refunds are in euro")
forbid (principal, action == Action::"call_tool", resource == Tool::"desk/refund")
when { context has args && context.args has currency && context.args.currency != "EUR" };
`;

let gate: TestInstance;
let upstreams: Upstreams;

beforeAll(async () => {
  [gate, upstreams] = [await startInstance(), await startUpstreams()];
  upstreams.standIn(DEFINITIONS);
  await gate.apply(registry(upstreams.url("desk")));
  await gate.pin("desk");
  await gate.apply({}, POLICIES);
  await mkdir(join(gate.directory, "home"));
}, 60_000);
afterAll(async () => {
  await gate?.close();
  await upstreams?.close();
});

const narrowgate = (given: readonly string[], input?: string) =>
  runChild([process.execPath, NARROWGATE, ...given, "--data", gate.directory], {
    env: childEnvironment(join(gate.directory, "home")),
    limitMs: 170_000,
    ...(input === undefined ? {} : { input }),
  });

/** The clerk works: what its record says of it. */
async function work(): Promise<void> {
  const { code } = await gate.instance().attestation.issueJoinCode("clerk", "operator");
  const agent = new Agent(gate.issuer, "clerk");
  expect((await agent.enrol(code)).status).toBe(201);
  const token = tokenOf(await agent.mint("desk"));
  for (let i = 0; i < 3; i++) {
    const args = { path: "tickets/1", lines: 3 };
    expect((await agent.call({ server: "desk", tool: "read_ticket", args, token })).status).toBe(200);
  }
}

const recorded = (): readonly DrillResult[] =>
  gate
    .instance()
    .evaluations.drills()
    .map(({ result }) => result);

it("attacks the pilot itself under its own release digest, beside its own load", async () => {
  await work();
  const first = gate.instance().operators.offerFirst()?.shown ?? "";
  expect((await narrowgate(["operator", "enrol", "--name", "Ada", "--code-file", "-"], first)).code).toBe(0);
  const words = ["--agent", "clerk", "--declare", "model=none"];
  const ran = await narrowgate(["drill", "run", "DR-02", ...words, "--load", "L1", "--peak", "9"]);
  expect([ran.code, ran.stdout], ran.stderr).toEqual([0, expect.stringMatching(/^DR-02 {2}pass/)]);
  const [result] = recorded();
  const pilot = await pilotsOf(gate.instance())("clerk", { attested: [], declared: { model: "none" } });
  expect(result).toMatchObject({ agent: "clerk", release: pilot.release, verdict: "pass", failures: 0 });
  expect(pilot.manifest.entitlements).toBeDefined();
  expect(result?.figures["load"]).toMatchObject({
    of: "clerk",
    recorded_calls: 3,
    peak_per_s: 9,
    mix: { "desk/read_ticket": 3 },
    left_out: [expect.stringContaining("desk/refund")],
  });
  expect((await narrowgate(["drill", "show", "DR-02"])).stdout).toContain(
    `about: release ${pilot.release}; attacked: clerk`,
  );
  expect(result?.simulated.join()).toContain("stand-ins with the same tool definitions: desk");
}, 180_000);

/** Runs drills beside a pilot, without load. */
async function runBeside(pilot: Pilot, ids: readonly string[]): Promise<readonly DrillResult[]> {
  const program = (path: string) => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));
  const node = [process.execPath, "--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  const job: Job = {
    drills: ids.map((drill) => ({ drill, load: "L0" })),
    peak: 5,
    minutes: 1,
    seed: 3,
    build: gate.instance().evaluations.build,
    server: [...node, program("server/src/main.ts")],
    verifier: [...node, program("verifier/src/bin.node.ts")],
    folder: join(gate.directory, "sandboxes"),
    pilot,
  };
  const results: DrillResult[] = [];
  const told: Parameters<typeof runDrills>[2] = (event) => {
    if (event.event === "result") results.push(event.result);
    if (event.event === "failed") throw new RangeError(event.message);
  };
  await runDrills(job, DRILLS, told, new AbortController().signal);
  return results;
}

it("names the release of whatever ran beside the pilot, and the agent only where the attack was on it", async () => {
  const pilot = await pilotsOf(gate.instance())("clerk", { attested: [], declared: {} });
  const results = await runBeside(pilot, ["DR-07", "DR-15", "DR-22", "DR-26"]);
  const about = results.map(({ drill, verdict, release, agent }) => [drill, verdict, release, agent]);
  expect(about).toEqual([
    ["DR-07", "pass", pilot.release, undefined],
    ["DR-22", "pass", pilot.release, "clerk"],
    ["DR-26", "pass", pilot.release, "clerk"],
    // It pays, which the pilot's house forbids to everybody: it runs apart, and says nothing of this release.
    ["DR-15", "pass", undefined, undefined],
  ]);
}, 180_000);

it("establishes nothing of a release that the sandbox does not have, and says what differs", async () => {
  const pilot = await pilotsOf(gate.instance())("clerk", { attested: [], declared: {} });
  const policies = pilot.policies.filter((text) => !text.includes("desk-never"));
  const [result] = await runBeside({ ...pilot, policies }, ["DR-03"]);
  expect(result).toMatchObject({ verdict: "not_established", release: pilot.release, failures: 0 });
  expect(result?.unmet).toMatch(/another release .*: policies$/);
}, 180_000);
