import type { JsonObject } from "@narrowgate/kernel";
import type { ToolRecord } from "./records.ts";

/** One registered operation of one server. */
export interface RegisteredOperation {
  /** Issuer of the instance: its base URL without a trailing slash. */
  readonly issuer: string;
  readonly server: string;
  readonly kind: "tool" | "resource" | "prompt";
  readonly record: Pick<ToolRecord, "name" | "dataClass" | "scope">;
}

function detailOf({ server, kind, record }: RegisteredOperation): JsonObject {
  const bounds = { server, data_class: record.dataClass };
  switch (kind) {
    case "tool":
      return { type: "mcp_tool", tools: [record.name], ...bounds };
    case "prompt":
      return { type: "mcp_prompt", prompts: [record.name], ...bounds };
    case "resource":
      return { type: "mcp_resource", uris: { prefix: record.name }, ...bounds };
  }
}

/**
 * The ceiling of the gate as an actor, for one call: what the registration of the operation says and nothing else. The
 * gate has no authority of its own that could be added to an agent's. Wire form.
 * @see docs/spec/authority.md section 6; docs/spec/token.md T-6
 */
export function gateCeiling(operation: RegisteredOperation): JsonObject {
  const { issuer, server, record } = operation;
  return {
    scope: record.scope.split(" ").filter((token) => token !== ""),
    resource: [`${issuer}/mcp/${server}`],
    authorization_details: [detailOf(operation)],
  };
}
