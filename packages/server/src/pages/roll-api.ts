import type { AgentLine } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import {
  type Answer,
  type ApiRequest,
  type ApiRoom,
  type ApiRoute,
  disclose,
  requireViewer,
} from "./api-route.ts";
import type { RollQuery } from "./roll-ports.ts";

/** Rows in one answer. */
const PAGE = 50;

/** Who is registered: what operators declared, and no evidence; of it, only an agent's transactions go on record as read. */
export const rollRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/agents", answer: agentsAnswer },
  { method: "GET", path: "/api/agents/{id}", answer: agentAnswer },
  { method: "GET", path: "/api/agents/{id}/transactions", answer: agentTransactionsAnswer },
  { method: "GET", path: "/api/people", answer: peopleAnswer },
];

/** Which part of a list is asked for. @throws `malformed_input` */
export function readRollQuery({ query }: ApiRequest): RollQuery {
  const after = query.get("after");
  if (after === null) return { limit: PAGE };
  if (!/^[\w.-]{1,128}$/.test(after))
    throw new NarrowgateError("malformed_input", "after must be what the page before it said");
  return { limit: PAGE, after };
}

/** A line, and nothing more of an agent than that. */
function lineOf({ id, tier, owner, state, expires, servers }: AgentLine): AgentLine {
  return { id, tier, owner, state, expires, servers };
}

async function agentsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireViewer(request, room);
  const { rows, ...next } = room.ports.roll.agents(readRollQuery(request));
  return okAnswer({ agents: rows.map(lineOf), ...next });
}

async function agentAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireViewer(request, room);
  const agent = room.ports.roll.agent(request.params.get("id") ?? "");
  if (agent === undefined) throw new NarrowgateError("not_found", "there is no such agent");
  return okAnswer(agent);
}

async function agentTransactionsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.roll.transactionsOf(request.params.get("id") ?? "");
  const transactions = read === undefined ? [] : await disclose(read, viewer, room);
  return okAnswer({ transactions });
}

async function peopleAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireViewer(request, room);
  const { rows, ...next } = room.ports.roll.people(readRollQuery(request));
  return okAnswer({ people: rows, ...next });
}
