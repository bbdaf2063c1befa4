import type { AgentRecord, ServerRecord } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { sha256Base64url } from "../../src/platform/crypto-hash/sha256.ts";

/** Where it is registered. */
export const issuer: string = "https://gate.example.test";

/** The agent that is released. */
export function agentRecord(): AgentRecord {
  return {
    id: "refunds",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "mailto:owner@example.test",
    deputy: "mailto:deputy@example.test",
    purpose: "pays back",
    tier: "T2",
    expires: 4_000_000_000,
    delegates: [],
    ceiling: {
      scope: "pay",
      resource: [`${issuer}/mcp/payments`],
      authorization_details: [
        { type: "mcp_tool", server: "payments", tools: ["list", "refund"], data_class: "restricted" },
      ],
    },
    bindings: [{ method: "enrolment" }],
  };
}

/** The server it calls. */
export function serverRecord(): ServerRecord {
  const tool = (name: string): ServerRecord["tools"][number] => ({
    name,
    dataClass: "internal",
    effect: "write",
    egress: false,
    scope: "pay",
    pin: { digest: sha256Base64url(name), definition: {}, entry: randomId() },
  });
  return {
    id: "payments",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    upstream: { transport: "http", url: "http://127.0.0.1:1/mcp", auth: "none" },
    tools: [tool("refund"), tool("list")],
    prompts: [],
    resources: [],
    allowUpstreamRequests: [],
  };
}
