import {
  type AgentLine,
  type AgentSheet,
  type PersonLine,
  readAgentPage,
  readAgentSheet,
  readPersonPage,
} from "@narrowgate/contracts";
import { getJson, type Outcome } from "./outcome.ts";

/** Part of a list. */
export interface RollPage<T> {
  readonly rows: readonly T[];
  readonly next: string | undefined;
}

function pathOf(list: string, after: string | undefined): string {
  return after === undefined ? `/api/${list}` : `/api/${list}?after=${encodeURIComponent(after)}`;
}

/** Agents by id, fifty at a time. */
export function listAgents(
  after: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<RollPage<AgentLine>>> {
  return getJson(
    pathOf("agents", after),
    (value) => {
      const { agents, next } = readAgentPage(value, "");
      return { rows: agents, next };
    },
    signal,
  );
}

/** People, fifty at a time. */
export function listPeople(
  after: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<RollPage<PersonLine>>> {
  return getJson(
    pathOf("people", after),
    (value) => {
      const { people, next } = readPersonPage(value, "");
      return { rows: people, next };
    },
    signal,
  );
}

/** One agent. */
export function readAgent(id: string, signal: AbortSignal): Promise<Outcome<AgentSheet>> {
  return getJson(`/api/agents/${encodeURIComponent(id)}`, (value) => readAgentSheet(value, ""), signal);
}
