import type { AgentSheet, PersonLine, TransactionSummary } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";

const atMs = 1_795_000_000_000;

/** An agent whose name ends in `n`; the first one is suspended. */
export function sampleAgent(n: number): AgentSheet {
  return {
    id: `agent-${String(n).padStart(3, "0")}`,
    tier: "T2",
    owner: "ana@example.com",
    deputy: "lee@example.com",
    state: n === 0 ? "suspended" : "active",
    purpose: "answers tickets",
    expires: 1_800_000_000,
    servers: ["files"],
    delegates: ["agent-001"],
    ceiling: [
      {
        type: "mcp_tool",
        server: "files",
        tools: ["read_text_file"],
        constraints: { "/path": { prefix: "/t/" } },
        caps: { calls: 20 },
      },
    ],
    instances: [
      {
        ref: "aW5zdGFuY2UtMDAwMDAwMDE",
        name: "",
        method: "join",
        assurance: "low",
        state: "live",
        lastMs: atMs,
      },
    ],
  };
}

/** A transaction that an agent took part in. */
export function sampleSummary(agent: string, purpose: string, refusals: number): TransactionSummary {
  return {
    id: `${"A".repeat(22)}.${"B".repeat(22)}`,
    subject: "https://idp.example#ana",
    agents: ["orchestrator", agent],
    purpose,
    state: "closed",
    permits: 12,
    refusals,
    lastActivityMs: atMs,
  };
}

/** Somebody who let an agent act for her, and somebody of whom nothing is told. */
export const samplePeople: readonly PersonLine[] = [
  {
    ref: "a",
    name: "Grace Hopper",
    roles: ["approver", "auditor"],
    passkeys: ["virtual", "unknown"],
    consentCount: 1,
    consents: [
      {
        agent: "agent-001",
        mandate: "bWFuZGF0ZS0wMDAwMDAwMQ",
        txn: `${"A".repeat(22)}.${"B".repeat(22)}`,
        redirectHost: "desk.example",
        atMs,
        expiresAtMs: atMs + 8 * 3_600_000,
        lastUsedMs: atMs + 60_000,
      },
    ],
  },
  { ref: "b", name: "<b>Lee</b>", roles: [], passkeys: [], consentCount: 0, consents: [] },
];

/** What Grace is told of her own consents. */
export const samplePerson: JsonObject = {
  name: "Grace Hopper",
  total: 1,
  consents: [
    {
      mandate: "bWFuZGF0ZS0wMDAwMDAwMQ",
      txn: `${"A".repeat(22)}.${"B".repeat(22)}`,
      agent: "desktop",
      client_id: "desktop",
      redirect_host: "desk.example",
      purpose: "Tidy the inbox of the support desk",
      case: "CASE-7",
      authority: {
        authorization_details: [
          {
            type: "mcp_tool",
            server: "files",
            tools: ["read", "write"],
            data_class: "confidential",
            caps: { calls: 20 },
            constraints: { "/path": { prefix: "/tickets/" } },
          },
        ],
        scope: ["files:read"],
      },
      at_ms: atMs,
      expires_ms: atMs + 8 * 3_600_000,
      is_used: true,
      last_used_ms: atMs + 60_000,
      untrusted_name: null,
    },
  ],
  waiting: [
    {
      id: "waiting-request-0001",
      client_id: "desk",
      untrusted_message: "I need to read one more ticket.",
      page: "/people/consents/waiting/waiting-request-0001",
      expires_ms: atMs + 300_000,
    },
  ],
};
