import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AgentSession,
  acceptHandOff,
  callTool,
  openMandate,
  openSession,
  type TokenClient,
} from "@narrowgate/agent";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_EGRESS_AFTER_READING } from "./harness/egress-policy.ts";
import { EVERYTHING_PROGRAM } from "./harness/everything-registry.ts";
import { registeredAgent } from "./harness/registered-agent.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { failedRules, verifiedExport } from "./harness/verified-export.ts";

const { resolve } = createRequire(import.meta.url);
const MEMORY_PROGRAM = resolve("@modelcontextprotocol/server-memory/dist/index.js");
const SECRET = "IBAN NL02ABNA0123456789";

let gate: TestInstance;
let directory: string;

interface Said {
  readonly data_class?: string;
  readonly untrusted?: boolean;
  readonly effect?: string;
  readonly egress?: boolean;
}

function said(more: Said): JsonObject {
  return { data_class: "internal", effect: "read", egress: false, untrusted: false, ...more };
}

function registry(): JsonObject {
  const child = (program: string, env: JsonObject = {}): JsonObject => ({
    transport: "stdio",
    command: [process.execPath, program],
    env,
    isolation: "none",
  });
  const slow = "trigger-long-running-operation";
  const desk = ["echo", "get-sum", "get-annotated-message", "get-structured-content", slow];
  const notes = ["create_entities", "open_nodes", "read_graph"];
  const details = [
    { type: "mcp_tool", server: "desk", tools: desk },
    { type: "mcp_prompt", server: "desk", prompts: ["simple-prompt"] },
    { type: "mcp_resource", server: "desk", uris: { prefix: "demo://resource/" } },
    { type: "mcp_tool", server: "notes", tools: notes },
  ];
  const strangers = { data_class: "confidential", untrusted: true };
  return {
    agents: [
      registeredAgent("orchestrator", details, { delegates: ["triage"] }),
      registeredAgent("triage", details),
      registeredAgent("courier", details),
    ],
    servers: [
      {
        id: "desk",
        upstream: child(EVERYTHING_PROGRAM),
        tools: [
          // What is sent out: the answer of this tool repeats it.
          { name: "echo", ...said({ effect: "write", egress: true }) },
          { name: "get-sum", ...said({}) },
          { name: "get-annotated-message", ...said(strangers) },
          { name: "get-structured-content", ...said({}) },
          { name: slow, ...said(strangers) },
        ],
        prompts: [{ name: "simple-prompt", ...strangers }],
        resources: [{ prefix: "demo://resource/", ...strangers }],
        response_rules: [
          {
            tool: "get-structured-content",
            when: { path: "/structuredContent/conditions", pattern: "." },
            label: { data_class: "restricted", untrusted: true },
          },
        ],
      },
      {
        id: "notes",
        upstream: child(MEMORY_PROGRAM, { MEMORY_FILE_PATH: join(directory, "memory.jsonl") }),
        tools: [
          { name: "create_entities", ...said({ data_class: "confidential", effect: "write" }) },
          { name: "open_nodes", ...said({ data_class: "confidential" }) },
          { name: "read_graph", ...said({ data_class: "confidential" }) },
        ],
        store: { data_class: "confidential", untrusted: false },
      },
    ],
  };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "narrowgate-flow-"));
  gate = await startInstance();
  await gate.apply(registry());
  for (const server of ["desk", "notes"]) await gate.pin(server);
  await gate.apply(registry(), NO_EGRESS_AFTER_READING);
}, 60_000);

afterAll(async () => {
  await gate.close();
  await rm(directory, { recursive: true, force: true });
});

const at = (server: string): string => `${gate.issuer}/mcp/${server}`;

/** A task of its own. */
async function taskOf(client: TokenClient): Promise<AgentSession> {
  const { agent } = client.options;
  const document = {
    v: 1,
    salt: randomId(),
    agent,
    subject: `agent:${agent}`,
    purpose: "test of information flow",
    authority: gate.instance().registry.agent(agent)?.ceiling ?? {},
    expires: Math.floor(Date.now() / 1000) + 600,
    idleSeconds: 300,
  } as const;
  return openSession(client, await openMandate(client, document));
}

/** A new instance of an agent, in a task of its own. */
async function work(agent: string): Promise<AgentSession> {
  return taskOf(await gate.join(agent));
}

const send = (session: AgentSession): Promise<unknown> =>
  callTool(session, at("desk"), "echo", { message: SECRET });

const STOPPED = { code: "policy_denied", publicMessage: expect.stringContaining("writes to nobody outside") };

function txnOf(token: string): string {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")).txn;
}

/** What the log says of the task is what anybody finds who follows its labels again. */
async function expectProven(session: AgentSession): Promise<void> {
  const report = await verifiedExport(gate, txnOf(await session.token(at("desk"))));
  expect(failedRules(report)).toEqual([]);
  expect(report.decisions.recomputed).toBeGreaterThan(1);
}

/** One request of the protocol, as an agent without our client would write it. */
async function request(session: AgentSession, method: string, params: JsonObject): Promise<string> {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const { _meta: own, ...asked } = params;
  const name = params["uri"] ?? params["name"];
  const response = await session.fetchFor(at("desk"))(at("desk"), {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      "mcp-name": String(name),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: { ...asked, _meta: { ...meta, ...Object(own) } },
    }),
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.stringContaining('"result"')]);
  return text;
}

describe("what was read limits what leaves", () => {
  it("nothing read: it goes out", async () => {
    const session = await work("courier");
    await send(session);
    await expectProven(session);
  });

  it("what a sub-agent read counts for whoever called it", async () => {
    const session = await work("orchestrator");
    await send(session);
    const triage = acceptHandOff(await gate.join("triage"), await session.delegate("triage"));
    await callTool(triage, at("desk"), "get-annotated-message", { messageType: "error" });
    await expect(send(session)).rejects.toMatchObject(STOPPED);
    await expectProven(session);
  });

  it("it stays with the instance in its next task, and not with another instance of the agent", async () => {
    const client = await gate.join("courier");
    const first = await taskOf(client);
    await callTool(first, at("desk"), "get-annotated-message", { messageType: "error" });
    const next = await taskOf(client);
    await expect(send(next)).rejects.toMatchObject(STOPPED);
    await expectProven(next);
    await send(await work("courier"));
  });

  it.each([
    ["a prompt", "prompts/get", { name: "simple-prompt", arguments: {} }],
    ["a resource", "resources/read", { uri: "demo://resource/static/document/features.md" }],
    [
      "an answer that comes in pieces",
      "tools/call",
      {
        name: "trigger-long-running-operation",
        arguments: { duration: 0.1, steps: 2 },
        _meta: { progressToken: "p" },
      },
    ],
  ])("%s counts as a tool does", async (_, method, params) => {
    const session = await work("courier");
    await request(session, method, params);
    await expect(send(session)).rejects.toMatchObject(STOPPED);
    await expectProven(session);
  });

  it("an answer counts by what it holds, where a rule speaks of it", async () => {
    const session = await work("courier");
    await callTool(session, at("desk"), "get-sum", { a: 1, b: 2 });
    await send(session);
    await callTool(session, at("desk"), "get-structured-content", { location: "New York" });
    await expect(send(session)).rejects.toMatchObject(STOPPED);
    await expectProven(session);
  });

  it("a store launders nothing: what its writer had read is carried by a reader in a later task", async () => {
    const before = await work("courier");
    await callTool(before, at("notes"), "read_graph", {});
    await send(before);
    const writer = await work("orchestrator");
    await callTool(writer, at("desk"), "get-annotated-message", { messageType: "error" });
    const entities = [{ name: "Ada", entityType: "customer", observations: [SECRET] }];
    await callTool(writer, at("notes"), "create_entities", { entities });
    await gate.restart();
    const reader = await work("courier");
    const { text } = await callTool(reader, at("notes"), "open_nodes", { names: ["Ada"] });
    expect(text).toContain(SECRET);
    await expect(send(reader)).rejects.toMatchObject(STOPPED);
    await expectProven(reader);
    await expectProven(writer);
  });

  it("what is above the class of a store is not written to it, whatever policy says", async () => {
    const session = await work("orchestrator");
    await callTool(session, at("desk"), "get-structured-content", { location: "New York" });
    const entities = [{ name: "Eve", entityType: "customer", observations: ["x"] }];
    await expect(callTool(session, at("notes"), "create_entities", { entities })).rejects.toMatchObject({
      code: "label_exceeded",
    });
    await expectProven(session);
  });
});
