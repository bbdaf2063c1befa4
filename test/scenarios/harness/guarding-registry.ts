import type { JsonObject } from "@narrowgate/kernel";
import { firstAndSecond } from "./registered-agent.ts";

/** A server that guards itself and is told tokens of its own, and two agents in a row, which may ask it `whoami`. */
export function guardingRegistry(upstream: { readonly url: string }): JsonObject {
  const detail = { type: "mcp_tool", server: "guarding", tools: ["whoami"], data_class: "internal" };
  const tool = (name: string) => ({ name, data_class: "internal", effect: "read", egress: false });
  return {
    agents: firstAndSecond([detail]),
    servers: [
      {
        id: "guarding",
        upstream: { transport: "http", url: upstream.url, auth: "exchanged" },
        tools: [tool("whoami"), tool("other")],
      },
    ],
  };
}
