import { fileURLToPath } from "node:url";
import type { JsonObject } from "@narrowgate/kernel";

const echo = fileURLToPath(new URL("echo-stdio.mjs", import.meta.url));

/** A server of the bench: over stdio, or over HTTP at a port; `args` ones are decided by a policy that reads arguments. */
export interface BenchServer {
  readonly id: string;
  readonly httpPort?: number;
  readonly args?: boolean;
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

/** The registry file of the bench. */
export function registryOf(agents: readonly string[], servers: readonly BenchServer[]): JsonObject {
  return {
    agents: agents.map((id) => agentOf(id, servers)),
    servers: servers.map((server) => ({
      id: server.id,
      upstream: upstreamOf(server),
      tools: [{ name: "echo", data_class: "internal", effect: "read", egress: false }],
    })),
  };
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

/** Policies that decide every exchange and call of the bench: by tier, effect and depth, and for some by argument. */
export function policiesOf(servers: readonly BenchServer[]): string {
  const byArgument = servers
    .filter(({ args }) => args === true)
    .map(
      ({ id }) => `
@id("argument-of-${id}")
forbid (principal, action == Action::"call_tool", resource in Server::"${id}")
  when { context has args && context.args has message && context.args.message like "forbidden*" };
`,
    );
  return ALWAYS + byArgument.join("");
}
