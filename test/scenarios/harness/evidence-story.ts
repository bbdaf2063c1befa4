import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { callTool, createTokenClient, enrol, generateAgentKey, openSession } from "@narrowgate/agent";
import type { TrustFile } from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";
import { textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { makeTrust } from "../../../packages/cli/src/evidence/make-trust.ts";
import { type HttpServer, startModernServer } from "../../../packages/server/test/gateway/http-servers.ts";
import { freePort } from "./free-port.ts";
import { applyByTwo, approvePins, enrolOperators, type Operators } from "./operators.ts";
import { registeredAgent } from "./registered-agent.ts";
import { POLICIES } from "./release-instances.ts";
import { type ChildEnd, childEnvironment, NARROWGATE, runChild } from "./run-child.ts";
import { signInSoftware } from "./software-signers.ts";
import { startInstance, type TestInstance } from "./test-instance.ts";

/** A profile that a handful of calls can establish. */
const PROFILE: JsonObject = {
  format: "narrowgate-gate-profile/1",
  name: "scenario",
  version: 1,
  controls: ["CRD-01", "DEL-02", "POL-01"],
  drills: [],
};

/** An instance on which an agent has a release in force. */
export interface EvidenceStory {
  readonly gate: TestInstance;
  readonly operators: Operators;
  /** Id of the release's proposal. */
  readonly release: string;
  /** One task of the agent: calls a server, and is closed unless told otherwise. @returns the transaction */
  task(server: "data" | "post", leaveOpen?: boolean, subject?: string): Promise<string>;
  /** Applies the registry again, with settings. */
  settings(settings: JsonObject): Promise<void>;
  /** Proposes a release whose ceiling reaches nothing that cannot be undone. @returns its id */
  proposeMild(): Promise<string>;
  /** The command line, as the first operator. */
  cli(...words: readonly string[]): Promise<ChildEnd>;
  /** What an auditor trusts who has seen nothing of this log yet. */
  trust(): Promise<TrustFile>;
  /** A file in the folder of the instance. */
  path(name: string): string;
  close(): Promise<void>;
}

const details = ["data", "post"].map((server) => ({
  type: "mcp_tool",
  server,
  tools: ["query"],
  data_class: "internal",
}));

/** As much, but of what can be undone alone. */
const mild = details.map((one) => (one.server === "post" ? { ...one, tools: ["steps"] } : one));

/** One agent, and two servers: what one of them does cannot be undone. @param settings - of the registry file */
function registry(url: string, settings: JsonObject = {}, ceiling = details): JsonObject {
  const tool = (name: string, effect: string): JsonObject => ({
    name,
    data_class: "internal",
    effect,
    egress: false,
  });
  const server = (id: string, ...tools: readonly JsonObject[]): JsonObject => ({
    id,
    upstream: { transport: "http", url, auth: "none" },
    tools,
  });
  return {
    agents: [registeredAgent("clerk", ceiling, { purpose: "files letters" })],
    servers: [
      server("data", tool("query", "read")),
      server("post", tool("query", "irreversible"), tool("steps", "read")),
    ],
    settings,
  };
}

async function runTask(
  { gate, operators: { first } }: { readonly gate: TestInstance; readonly operators: Operators },
  [server, leaveOpen, subject]: readonly ["data" | "post", boolean, string],
): Promise<string> {
  const key = await generateAgentKey();
  const code = textAt(await first.send("POST", "/agents/clerk/join-codes", {}), "code");
  await enrol({ issuer: gate.issuer, agent: "clerk", code, key });
  const resources = ["data", "post"].map((name) => `${gate.issuer}/mcp/${name}`);
  const document = {
    v: 1,
    salt: "AAAAAAAAAAAAAAAAAAAAAA",
    agent: "clerk",
    subject,
    purpose: "files what it was asked to",
    authority: { scope: ["data:read", "post:write"], resource: resources, authorization_details: details },
    expires: Math.floor(Date.now() / 1000) + 3600,
    idleSeconds: 900,
  };
  const opened = await first.send("POST", "/mandates", { document });
  const mandate = textAt(opened, "id");
  const session = openSession(createTokenClient({ issuer: gate.issuer, agent: "clerk", key }), mandate);
  await callTool(session, `${gate.issuer}/mcp/${server}`, "query", {});
  if (!leaveOpen) await first.send("POST", `/mandates/${mandate}/close`, {});
  return textAt(opened, "txn");
}

async function releaseOf(
  gate: TestInstance,
  operators: Operators,
  trust: EvidenceStory["trust"],
): Promise<string> {
  const { first } = operators;
  const proposed = await first.send("POST", "/releases", { agent: "clerk", declared: { model: "none" } });
  const id = textAt(proposed, "id");
  const resource = `${gate.issuer}/mcp/data`;
  const place = { gate, operators, resource, register: async () => undefined, trust };
  await signInSoftware(place, textAt(proposed, "url"));
  await first.send("POST", `/releases/${id}/promote`);
  return id;
}

async function begin(gate: TestInstance, upstream: HttpServer): Promise<EvidenceStory> {
  const operators = await enrolOperators(gate);
  await applyByTwo(operators, registry(upstream.url), POLICIES);
  for (const server of ["data", "post"]) await approvePins(operators, server);
  const place = { gate, operators };
  await runTask(place, ["data", false, "agent:clerk"]);
  const trust = async (): Promise<TrustFile> => {
    const made = (await makeTrust(operators.first, 0)).trust;
    const unseen = { size: 0, root: Buffer.alloc(32).toString("base64url") };
    return { ...made, logs: made.logs.map((log) => ({ ...log, ...unseen })) };
  };
  const at = ["--data", gate.directory, "--operator-key", join(gate.directory, "ada.json")];
  return {
    gate,
    operators,
    release: await releaseOf(gate, operators, trust),
    settings: (settings) => applyByTwo(operators, registry(upstream.url, settings), POLICIES),
    async proposeMild() {
      await applyByTwo(operators, registry(upstream.url, {}, mild), POLICIES);
      const proposed = await operators.first.send("POST", "/releases", { agent: "clerk", declared: {} });
      return textAt(proposed, "id");
    },
    task: (server, leaveOpen = false, subject = "agent:clerk") =>
      runTask(place, [server, leaveOpen, subject]),
    cli: (...words) =>
      runChild([process.execPath, NARROWGATE, ...words, ...at], { env: childEnvironment(gate.directory) }),
    trust,
    path: (name) => join(gate.directory, name),
    async close() {
      await gate.close();
      await upstream.close();
    },
  };
}

/**
 * Starts an instance, and has four people sign a release of its agent, which comes into force.
 * @param more - members of its configuration, and its clock
 */
export async function startEvidenceStory(
  more: { readonly config?: JsonObject; readonly clock?: Clock } = {},
): Promise<EvidenceStory> {
  const upstream = await startModernServer();
  const port = await freePort();
  const approvals = { origin: `http://localhost:${port}`, listen: { host: "127.0.0.1", port } };
  const config = { approvals, gate_profile: PROFILE, ...more.config };
  const gate = await startInstance({ ...more, config });
  return begin(gate, upstream);
}

/** Exports the evidence pack of the story's release. @param more - further options */
export async function exportedPack(
  story: EvidenceStory,
  name: string,
  ...more: readonly string[]
): Promise<Buffer> {
  const file = story.path(name);
  const { code, stderr } = await story.cli(
    "evidence",
    "export",
    "--release",
    story.release,
    "--output",
    file,
    ...more,
  );
  if (code !== 0) throw new RangeError(stderr);
  return readFile(file);
}
