import { fileURLToPath } from "node:url";
import type { JsonObject } from "@narrowgate/kernel";

const echo = fileURLToPath(new URL("echo-stdio.mjs", import.meta.url));

/** A server of the bench: over stdio, or over HTTP at a port. */
export interface BenchServer {
  readonly id: string;
  readonly httpPort?: number;
  /** A policy reads the arguments. */
  readonly args?: boolean;
  /** It has a store, response rules and rows; policies read labels and demand things of the gate. */
  readonly flow?: boolean;
  /** A policy reads what was spent, which no two calls have in common. */
  readonly spent?: boolean;
  /** A person must approve each call. */
  readonly approval?: boolean;
}

function upstreamOf({ httpPort }: BenchServer): JsonObject {
  return httpPort === undefined
    ? { transport: "stdio", command: [process.execPath, echo], isolation: "none" }
    : { transport: "http", url: `http://127.0.0.1:${httpPort}/mcp`, auth: "none" };
}

/** An agent that may call `echo` everywhere. */
export function agentOf(id: string, servers: readonly BenchServer[]): JsonObject {
  const details = servers.map((server) => ({
    type: "mcp_tool",
    server: server.id,
    tools: ["echo"],
    data_class: "internal",
  }));
  return {
    id,
    owner: "owner@example.com",
    deputy: "deputy@example.com",
    purpose: `bench agent ${id}`,
    tier: "T2",
    expires: "2099-01-01",
    delegates: [],
    bindings: [{ method: "enrolment" }],
    ceiling: { authorization_details: details },
  };
}

function serverOf(server: BenchServer): JsonObject {
  const tool = { name: "echo", data_class: "internal", effect: "read", egress: false };
  const plain = { id: server.id, upstream: upstreamOf(server) };
  if (server.flow !== true) return { ...plain, tools: [tool] };
  return {
    ...plain,
    tools: [{ ...tool, rows: "/content" }],
    store: { data_class: "internal", untrusted: false },
    response_rules: [
      {
        tool: "echo",
        when: { pattern: "[0-9]{3}-[0-9]{2}-[0-9]{4}" },
        label: { data_class: "confidential" },
      },
      { when: { path: "/isError", equals: true }, label: { untrusted: true } },
    ],
  };
}

/** The registry file of the bench. */
export function registryOf(agents: readonly string[], servers: readonly BenchServer[]): JsonObject {
  return { agents: agents.map((id) => agentOf(id, servers)), servers: servers.map(serverOf) };
}

const ALWAYS = `
@id("tokens")
@reason("tokens for measured agents")
permit (principal is Agent, action in [Action::"mint_token", Action::"exchange_token"], resource)
  when { principal.tier == "T2" && context.env == "dev" };

@id("calls")
@reason("reading is allowed")
permit (principal is Agent, action == Action::"call_tool", resource)
  when { resource.effect == "read" && context.depth < 4 };

@id("never-secret")
forbid (principal, action == Action::"call_tool", resource) when { resource.dataClass == "secret" };
`;

function byArgument(id: string): string {
  return `
@id("argument-of-${id}")
forbid (principal, action == Action::"call_tool", resource in Server::"${id}")
  when { context has args && context.args has message && context.args.message like "forbidden*" };
`;
}

function byLabel(id: string): string {
  return `
@id("demands-of-${id}")
@redact_result("/_meta/trace")
@cap_rows("100")
permit (principal is Agent, action == Action::"call_tool", resource in Server::"${id}")
  when { resource.effect == "read" };

@id("labels-of-${id}")
forbid (principal, action == Action::"call_tool", resource in Server::"${id}")
  when { context.labels.rank > 2 || (resource.egress && context.labels.untrusted) };
`;
}

function bySpent(id: string): string {
  return `
@id("spent-of-${id}")
forbid (principal, action == Action::"call_tool", resource in Server::"${id}")
  when { context.spent.calls > 100000000 };
`;
}

function byPerson(id: string): string {
  return `
@id("approval-of-${id}")
@approval("approver#1")
forbid (principal, action == Action::"call_tool", resource in Server::"${id}")
  unless { context.approvals.contains("approver#1") };
`;
}

/** Policies that decide every exchange and call of the bench: by tier, effect and depth, and for some servers by more. */
export function policiesOf(servers: readonly BenchServer[]): string {
  const further = servers.flatMap(({ id, args, flow, spent, approval }) => [
    ...(args === true ? [byArgument(id)] : []),
    ...(flow === true ? [byLabel(id)] : []),
    ...(spent === true ? [bySpent(id)] : []),
    ...(approval === true ? [byPerson(id)] : []),
  ]);
  return ALWAYS + further.join("");
}
