import { type AgentSheet, type PersonLine, type RollPorts, rollPage } from "@narrowgate/server/pages";

/** Who is registered, sorted by id and by ref. */
export interface ServedRoll {
  readonly agents?: readonly AgentSheet[];
  readonly people?: readonly PersonLine[];
}

/** A roll made up for tests of the pages. */
export function servedRoll({ agents = [], people = [] }: ServedRoll = {}): RollPorts {
  return {
    agents: (query) => rollPage(agents, ({ id }) => id, query),
    agent: (asked) => agents.find(({ id }) => id === asked),
    people: (query) => rollPage(people, ({ ref }) => ref, query),
  };
}
