import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTokenClient, enrol, generateAgentKey, openSession } from "@narrowgate/agent";
import type { TrustFile } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { asObject, textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { makeTrust } from "../../../packages/cli/src/evidence/make-trust.ts";
import { freePort } from "./free-port.ts";
import { applyByTwo, approvePins, enrolOperators, type Operators } from "./operators.ts";
import { startInstance, type TestInstance } from "./test-instance.ts";

export const POLICIES = '@id("all") @reason("all") permit (principal, action, resource);';

/**
 * What these instances ask of a release: not what ships. A fresh instance has neither the traffic nor the drills that
 * `foundation` asks for, so that this profile names controls that a handful of calls can establish.
 */
export const PROFILE: JsonObject = {
  format: "narrowgate-gate-profile/1",
  name: "scenario",
  version: 1,
  controls: [
    "CRD-01",
    "CRD-02",
    "CRD-03",
    "CRD-04",
    "DEL-02",
    "DEL-04",
    "POL-01",
    "POL-04",
    "POL-05",
    "POL-06",
    "REL-01",
    "REL-02",
    "REL-03",
    "REL-04",
    "TSC-01",
    "TSC-05",
  ],
  drills: [{ drill: "DR-01", load: "L1", trials: 100 }],
};

/** What a test may have registered otherwise. */
export interface RegistryChange {
  /** Data class of the tool `query`. */
  readonly query?: string;
  /** What it does; it reads where this is absent. */
  readonly effect?: "write" | "irreversible";
  readonly owner?: string;
  readonly tier?: "T1" | "T2";
  readonly expires?: string;
  readonly policies?: string;
}

/** One agent of tier T1, and a server with two tools that read. */
export function readerRegistry(url: string, change: RegistryChange = {}): JsonObject {
  const tool = (name: string, data_class = "internal", effect = "read") => ({
    name,
    data_class,
    effect,
    egress: false,
  });
  const detail = { type: "mcp_tool", server: "data", tools: ["query", "steps"], data_class: "confidential" };
  return {
    agents: [
      {
        id: "reader",
        owner: change.owner ?? "owner@example.com",
        deputy: "deputy@example.com",
        purpose: "reads figures",
        tier: change.tier ?? "T1",
        expires: change.expires ?? "2099-01-01",
        bindings: [{ method: "enrolment" }],
        ceiling: { authorization_details: [detail] },
      },
    ],
    servers: [
      {
        id: "data",
        upstream: { transport: "http", url, auth: "none" },
        tools: [tool("query", change.query, change.effect), tool("steps")],
      },
    ],
  };
}

/** An instance with two operators, its registry applied and its pins approved. */
export interface ReleaseInstance {
  readonly gate: TestInstance;
  readonly operators: Operators;
  readonly resource: string;
  register(change?: RegistryChange): Promise<void>;
  /** What an auditor trusts who has seen nothing of this log yet. */
  trust(): Promise<TrustFile>;
}

/** Starts one. @param more - members of its configuration */
export async function startReleaseInstance(
  environment: "dev" | "prod",
  url: string,
  more: JsonObject = {},
): Promise<ReleaseInstance> {
  const port = await freePort();
  const approvals = { origin: `http://localhost:${port}`, listen: { host: "127.0.0.1", port } };
  const gate = await startInstance({ environment, config: { approvals, gate_profile: PROFILE, ...more } });
  const operators = await enrolOperators(gate);
  const register = (change?: RegistryChange): Promise<void> =>
    applyByTwo(operators, readerRegistry(url, change), change?.policies ?? POLICIES);
  await register();
  await approvePins(operators, "data");
  return {
    gate,
    operators,
    resource: `${gate.issuer}/mcp/data`,
    register,
    async trust() {
      const { trust } = await makeTrust(operators.first, 0);
      const unseen = { size: 0, root: Buffer.alloc(32).toString("base64url") };
      return { ...trust, logs: trust.logs.map((log) => ({ ...log, ...unseen })) };
    },
  };
}

/** A task of the agent, handed over by an operator. */
export async function openTask({ gate, operators, resource }: ReleaseInstance) {
  const key = await generateAgentKey();
  const { first } = operators;
  const code = textAt(await first.send("POST", "/agents/reader/join-codes", {}), "code");
  await enrol({ issuer: gate.issuer, agent: "reader", code, key });
  const detail = { type: "mcp_tool", server: "data", tools: ["query", "steps"], data_class: "confidential" };
  // What nobody registered is beyond the ceiling of a mandate.
  const writes = gate
    .instance()
    .registry.server("data")
    ?.tools.some(({ effect }) => effect !== "read");
  const scope = ["data:read", ...(writes === true ? ["data:write"] : [])];
  const document = {
    v: 1,
    salt: "AAAAAAAAAAAAAAAAAAAAAA",
    agent: "reader",
    subject: "agent:reader",
    purpose: "reads what it was asked for",
    authority: { scope, resource: [resource], authorization_details: [detail] },
    expires: Math.floor(Date.now() / 1000) + 3600,
    idleSeconds: 900,
  };
  const opened = await first.send("POST", "/mandates", { document });
  const mandate = textAt(opened, "id");
  const session = openSession(createTokenClient({ issuer: gate.issuer, agent: "reader", key }), mandate);
  return { session, mandate, txn: textAt(opened, "txn") };
}

/** A drill's result as its driver hands it in; the figures are made up, since no drill is what these tests are about. */
export async function recordDrill(
  { gate, operators: { first } }: ReleaseInstance,
  failures = 0,
): Promise<void> {
  const { build, log } = await first.read("/status");
  const now = Date.now();
  await first.send("POST", "/drills", {
    format: "narrowgate-drill/1",
    drill: "DR-01",
    scenario: "A".repeat(43),
    build: build ?? "",
    load: "L1",
    calls_per_s: 3,
    seed: 1,
    expected: "no stolen token opens anything",
    trials: 300,
    failures,
    bound: 0.01,
    verdict: failures === 0 ? "pass" : "fail",
    observed: [],
    figures: {},
    simulated: ["all of it: the scenario tests make this result up"],
    started: now - 1000,
    ended: now,
    evidence: { origin: textAt(asObject(log), "origin"), from: 0, checkpoint: `of ${gate.issuer}` },
  });
}

/** Writes the trust file that another instance's settings name. @returns its path */
export async function writeTrust({ gate, trust }: ReleaseInstance): Promise<string> {
  const file = join(gate.directory, "trust.json");
  await writeFile(file, JSON.stringify(await trust()));
  return file;
}
