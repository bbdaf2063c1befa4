import type { JsonObject } from "@narrowgate/kernel";
import { EVERYTHING_CHILD } from "./everything-registry.ts";

/** What the agents of {@link bankRegistry} may do. */
export const BANK_DETAIL: JsonObject = {
  type: "mcp_tool",
  server: "bank",
  tools: ["get-sum", "echo"],
  data_class: "internal",
};

/** A bank whose `get-sum` cannot be undone, which `echo` can. */
export function bankRegistry(agents: readonly JsonObject[]): JsonObject {
  return {
    agents,
    servers: [
      {
        id: "bank",
        upstream: EVERYTHING_CHILD,
        tools: [
          { name: "get-sum", data_class: "internal", effect: "irreversible", egress: false },
          { name: "echo", data_class: "internal", effect: "read", egress: false },
        ],
      },
    ],
  };
}

/** Permits all, and of what cannot be undone only what a person signed. */
export const FOUR_EYES = `
@id("all") @reason("all") permit (principal, action, resource);
@id("four-eyes") @reason("money leaves the house") @approval("approver#1")
forbid (principal, action == Action::"call_tool", resource)
when { resource.effect == "irreversible" }
unless { context.approvals.contains("approver#1") };
`;
