import { type AgentSession, acceptHandOff, callTool, type TokenClient } from "@narrowgate/agent";
import type { JsonObject } from "@narrowgate/kernel";
import type { Classify } from "./classify.ts";
import { parseTicket, type Ticket, type TicketKind } from "./ticket.ts";

/** The three agents of the desk, each with its own key; and where the gate is. */
export interface Desk {
  readonly issuer: string;
  readonly triage: TokenClient;
  readonly refund: TokenClient;
  readonly classify: Classify;
}

/** What became of one ticket. */
export interface Resolution {
  readonly ticket: string;
  readonly kind: TicketKind;
  readonly refundedMinor: number;
}

const filesUrl = (issuer: string): string => `${issuer}/mcp/files`;
const memoryUrl = (issuer: string): string => `${issuer}/mcp/memory`;

function toolDetail(server: string, tool: string, constraints: JsonObject): JsonObject {
  return { type: "mcp_tool", server, tools: [tool], constraints, data_class: "confidential" };
}

/** The orchestrator lists the queue. */
export async function listTickets(orchestrator: AgentSession, issuer: string): Promise<readonly string[]> {
  const { text } = await callTool(orchestrator, filesUrl(issuer), "list_directory", { path: "tickets" });
  return [...text.matchAll(/\[FILE\] (T-\d+\.md)/g)].map(([, name]) => `tickets/${name}`).sort();
}

/** Triage reads one ticket and what is known of the customer, with authority for exactly that. */
async function triage(
  desk: Desk,
  handOff: string,
  path: string,
): Promise<{ ticket: Ticket; kind: TicketKind }> {
  const session = acceptHandOff(desk.triage, handOff);
  const { text } = await callTool(session, filesUrl(desk.issuer), "read_text_file", { path });
  const ticket = parseTicket(text);
  await callTool(session, memoryUrl(desk.issuer), "open_nodes", { names: [ticket.customer] });
  return { ticket, kind: await desk.classify(ticket) };
}

/** The refund agent writes the order and notes it with the customer. */
async function refund(desk: Desk, handOff: string, ticket: Ticket): Promise<void> {
  const session = acceptHandOff(desk.refund, handOff);
  const order = JSON.stringify({
    ticket: ticket.id,
    customer: ticket.customer,
    amount_minor: ticket.amountMinor,
    currency: "EUR",
  });
  await callTool(session, filesUrl(desk.issuer), "write_file", {
    path: `outbox/${ticket.id}.json`,
    content: order,
  });
  await callTool(session, memoryUrl(desk.issuer), "add_observations", {
    observations: [{ entityName: ticket.customer, contents: [`refund ordered for ${ticket.id}`] }],
  });
}

/**
 * The orchestrator works on one ticket: triage gets this one file and the customer memory, refund gets this one order.
 * Nothing more is handed on than the next step needs.
 */
export async function resolveTicket(
  orchestrator: AgentSession,
  desk: Desk,
  path: string,
): Promise<Resolution> {
  const toTriage = await orchestrator.delegate("desk-triage", {
    scope: ["files:read", "memory:read"],
    details: [
      toolDetail("files", "read_text_file", { "/path": { equals: path } }),
      toolDetail("memory", "open_nodes", {}),
    ],
  });
  const { ticket, kind } = await triage(desk, toTriage, path);
  if (kind !== "refund") return { ticket: ticket.id, kind, refundedMinor: 0 };
  const toRefund = await orchestrator.delegate("desk-refund", {
    scope: ["files:write", "memory:write"],
    details: [
      toolDetail("files", "write_file", { "/path": { equals: `outbox/${ticket.id}.json` } }),
      toolDetail("memory", "add_observations", {}),
    ],
  });
  await refund(desk, toRefund, ticket);
  return { ticket: ticket.id, kind, refundedMinor: ticket.amountMinor };
}
