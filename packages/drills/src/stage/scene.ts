import type { Upstreams } from "./upstreams.ts";

/** Ids of the agents of every sandbox. */
export const LEAD = "drill-lead";
/** Is handed work by the lead, and may hand it on to {@link HELPING}. */
export const WORKER = "drill-worker";
export const HELPING = "drill-second";
/** Is handed nothing by anybody. */
export const STRANGER = "drill-stranger";
/** May make five calls in all. */
export const SPENDER = "drill-spender";
/** Makes the calls of the load. */
export const CROWD = "drill-crowd";

/** How many calls {@link SPENDER} may make, with whoever it hands work to. */
export const SPENDER_CALLS = 5;

const tool = (server: string, tools: readonly string[], more: object = {}): object => ({
  type: "mcp_tool",
  server,
  tools,
  data_class: "confidential",
  ...more,
});

const FILES = tool("drill-files", ["read_note", "read_public", "write_note"], {
  constraints: { "/path": { prefix: "notes/" } },
});
const ALL: readonly object[] = [
  FILES,
  tool("drill-store", ["remember", "recall"]),
  tool("drill-mail", ["send"]),
  tool("drill-pay", ["pay"], {
    constraints: { "/currency": { equals: "EUR" }, "/amount_minor": { min: 1, max: 10_000 } },
  }),
  tool("drill-shift", ["look", "steady"]),
];

function agent(id: string, delegates: readonly string[], details: readonly object[]): object {
  return {
    id,
    owner: "owner@drill.example",
    deputy: "deputy@drill.example",
    purpose: `attacks this sandbox as ${id}`,
    tier: "T2",
    expires: "2099-01-01",
    delegates,
    bindings: [{ method: "enrolment" }],
    ceiling: { authorization_details: details },
  };
}

function tools(names: readonly string[], more: Readonly<Record<string, unknown>>): readonly object[] {
  return names.map((name) => ({
    name,
    data_class: "confidential",
    egress: false,
    untrusted: false,
    ...more,
  }));
}

function servers(upstreams: Upstreams): readonly object[] {
  const server = (id: string, operations: readonly object[], more: object = {}): object => ({
    id,
    upstream: { transport: "http", url: upstreams.url(id), auth: "none" },
    tools: operations,
    ...more,
  });
  return [
    server("drill-files", [
      ...tools(["read_note"], { effect: "read", untrusted: true }),
      ...tools(["read_public"], { effect: "read", data_class: "public" }),
      ...tools(["write_note"], { effect: "write" }),
    ]),
    server(
      "drill-store",
      [...tools(["recall"], { effect: "read" }), ...tools(["remember"], { effect: "write" })],
      {
        store: { data_class: "confidential", untrusted: false },
      },
    ),
    server("drill-mail", tools(["send"], { effect: "irreversible", egress: true, data_class: "public" })),
    server(
      "drill-pay",
      tools(["pay"], { effect: "irreversible", data_class: "public", amount: "/amount_minor" }),
    ),
    server("drill-shift", tools(["look", "steady"], { effect: "read", data_class: "public" })),
  ];
}

/** The registry of a sandbox: agents that attack, and servers behind it that are the driver's own. */
export function registryOf(upstreams: Upstreams): object {
  const caps = { caps: { calls: SPENDER_CALLS } };
  return {
    agents: [
      agent(LEAD, [WORKER], ALL),
      agent(WORKER, [HELPING], ALL),
      agent(HELPING, [], [FILES]),
      agent(STRANGER, [], [FILES]),
      agent(SPENDER, [WORKER], [tool("drill-files", ["read_note", "read_public"], caps)]),
      agent(CROWD, [], [FILES]),
    ],
    servers: servers(upstreams),
    policies: ["**/*"],
  };
}

const AGENTS = [LEAD, WORKER, HELPING, STRANGER, SPENDER, CROWD];

const tokensOf = (id: string): string => `
@id("tokens-${id}") @reason("agents of drills may be given tokens")
permit (principal == Agent::"${id}", action in [Action::"mint_token", Action::"exchange_token"], resource);
`;

const callsOf = (id: string): string => `
@id("calls-${id}") @reason("agents of drills may call what their authority names")
permit (principal == Agent::"${id}", action == Action::"call_tool", resource);

@id("pays-after-approval-${id}") @reason("money leaves only when a person has looked at it") @approval("approver#1")
forbid (principal == Agent::"${id}", action == Action::"call_tool", resource == Tool::"drill-pay/pay")
unless { context.approvals.contains("approver#1") };

@id("nothing-leaves-${id}") @reason("confidential data and the words of strangers were read before, so nothing leaves")
forbid (principal == Agent::"${id}", action == Action::"call_tool", resource)
when { resource.egress && context.labels.untrusted && context.labels.rank >= 2 };
`;

/**
 * The policies of a sandbox: what a careful house has, for the agents of the drills. Each names its agent, so that none
 * can apply to a pilot: its release would be another one.
 */
export const POLICIES: string = AGENTS.map((id) => tokensOf(id) + callsOf(id)).join("");

/** The same house after it took away every call. */
export const TOKENS_ALONE: string = AGENTS.map(tokensOf).join("");
