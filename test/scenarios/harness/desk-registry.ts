import type { JsonObject } from "@narrowgate/kernel";
import { registeredAgent } from "./registered-agent.ts";

function tool(server: string, tools: readonly string[], more: JsonObject = {}): JsonObject {
  return { type: "mcp_tool", server, tools, ...more };
}

/** A registry of one server that is not there and three agents in a row: enough for everything the token service decides. */
export function chainRegistry(): JsonObject {
  const details = [tool("files", ["read", "write"], { data_class: "confidential" })];
  return {
    agents: [
      registeredAgent("first", details, { delegates: ["second"] }),
      registeredAgent("second", details, { delegates: ["third"] }),
      registeredAgent("third", details),
      registeredAgent("stranger", details),
    ],
    servers: [
      {
        id: "files",
        upstream: { transport: "http", url: "http://127.0.0.1:9/mcp", auth: "none" },
        tools: [
          { name: "read", data_class: "internal", effect: "read", egress: false },
          { name: "write", data_class: "internal", effect: "write", egress: false },
        ],
      },
    ],
  };
}

/** Lets every agent be given tokens, and nothing else. */
export const TOKENS_FOR_ALL = `
@id("tokens")
@reason("tokens for all")
permit (principal, action in [Action::"mint_token", Action::"exchange_token"], resource);
`;
