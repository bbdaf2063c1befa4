import type { JsonObject } from "@narrowgate/kernel";
import { type PolicyBundle, schemaFromRegistry } from "@narrowgate/policy";

/** Issuer of the recorded case. */
export const issuer = "https://gate.example";

/** The resource its tokens are for. */
export const target: string = `${issuer}/mcp/files`;

/** Two policies that matter, one for mints, and any number that match nothing. */
export function policyBundle(further: number, redacting = false): PolicyBundle {
  const redaction = redacting ? '@redact_arguments("/path")\n' : "";
  const { schema } = schemaFromRegistry({
    tools: [
      {
        server: "files",
        name: "read_text_file",
        inputSchema: { type: "object", properties: { path: { type: "string" }, head: { type: "integer" } } },
      },
    ],
  });
  const own = `@id("mint")\npermit (principal, action in [Action::"mint_token", Action::"exchange_token"], resource);
@id("read-tickets")\n${redaction}permit (principal, action == Action::"call_tool", resource == Tool::"files/read_text_file") when { context has args && context.args has path && context.args.path like "/tickets/*" };
@id("no-private")\n@reason("private tickets stay private")\nforbid (principal, action == Action::"call_tool", resource) when { context has args && context.args has path && context.args.path like "/tickets/private/*" };
@id("four-eyes")\n@reason("somebody else looks at VIP tickets")\n@approval("approver#1")\nforbid (principal, action == Action::"call_tool", resource) when { context has args && context.args has path && context.args.path like "/tickets/vip/*" } unless { context.approvals.contains("approver#1") };`;
  const more = Array.from(
    { length: further },
    (_, i) =>
      `@id("other-${i}")\npermit (principal == Agent::"agent-${i}", action == Action::"call_tool", resource == Tool::"server-${i}/tool") when { context.env == "dev" && context.depth < 5 };`,
  );
  return { files: [{ name: "support.cedar", text: [own, ...more].join("\n") }], schema };
}

/** The most either agent may hold. */
export const ceiling: JsonObject = {
  scope: ["files:read", "files:write"],
  resource: [target],
  authorization_details: [
    {
      type: "mcp_tool",
      server: "files",
      tools: ["read_text_file", "write_file"],
      constraints: { "/path": { prefix: "/tickets/" } },
    },
  ],
};
/** What the person hands over. */
export const rootAuthority: JsonObject = {
  scope: ["files:read"],
  resource: [target],
  authorization_details: [
    {
      type: "mcp_tool",
      server: "files",
      tools: ["read_text_file"],
      constraints: { "/path": { prefix: "/tickets/" } },
      depth: 2,
    },
  ],
};
/** What is handed on: less, in class and depth. */
export const childAuthority: JsonObject = {
  scope: ["files:read"],
  resource: [target],
  authorization_details: [
    {
      type: "mcp_tool",
      server: "files",
      tools: ["read_text_file"],
      constraints: { "/path": { prefix: "/tickets/" } },
      data_class: "internal",
      depth: 1,
    },
  ],
};
