import { fileURLToPath } from "node:url";
import type { JsonObject } from "@narrowgate/kernel";
import { PROMPTS } from "../../conformance/fixture-server/prompts.ts";
import { FAMILY } from "../../conformance/fixture-server/resources.ts";
import { TOOLS } from "../../conformance/fixture-server/tools.ts";
import { registeredAgent } from "./registered-agent.ts";

/** Path of the program that has everything the protocol's server scenarios look for. */
export const FIXTURE_PROGRAM: string = fileURLToPath(
  new URL("../../conformance/fixture-server/main.ts", import.meta.url),
);

/** Its two ways in, as servers of the registry: one that the gate starts, one that runs by itself. */
export type FixtureServer = "fixture-stdio" | "fixture-http";

const tools = TOOLS.map(({ definition }) => definition.name);
const prompts = PROMPTS.map(({ definition }) => definition.name);

function server(id: FixtureServer, upstream: JsonObject): JsonObject {
  return {
    id,
    upstream,
    tools: tools.map((name) => ({ name, data_class: "internal", effect: "read", egress: false })),
    prompts: prompts.map((name) => ({ name, data_class: "internal" })),
    resources: [{ prefix: FAMILY, data_class: "internal" }],
  };
}

function ceiling(id: FixtureServer): readonly JsonObject[] {
  return [
    { type: "mcp_tool", server: id, tools, data_class: "internal" },
    { type: "mcp_prompt", server: id, prompts, data_class: "internal" },
    { type: "mcp_resource", server: id, uris: { prefix: FAMILY }, data_class: "internal" },
  ];
}

/**
 * The fixture over stdio and over HTTP, all of it registered, and the agent `first` whose ceiling is all of it.
 * @param url - where the one over HTTP listens
 */
export function fixtureRegistry(url: string): JsonObject {
  const command = [process.execPath, FIXTURE_PROGRAM, "stdio"];
  return {
    agents: [registeredAgent("first", [...ceiling("fixture-stdio"), ...ceiling("fixture-http")])],
    servers: [
      server("fixture-stdio", { transport: "stdio", command, isolation: "none" }),
      server("fixture-http", { transport: "http", url, auth: "none" }),
    ],
  };
}
