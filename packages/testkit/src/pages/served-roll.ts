import type { AgentSheet, PersonLine, TransactionSummary } from "@narrowgate/contracts";
import { type RollPorts, rollPage } from "@narrowgate/server/pages";

/** Who is registered, sorted by id and by ref. */
export interface ServedRoll {
  readonly agents?: readonly AgentSheet[];
  readonly people?: readonly PersonLine[];
  /** Of every agent, newest first. */
  readonly transactions?: readonly TransactionSummary[];
}

/** A roll made up for tests of the pages. */
export function servedRoll({ agents = [], people = [], transactions = [] }: ServedRoll = {}): RollPorts {
  return {
    agents: (query) => rollPage(agents, ({ id }) => id, query),
    agent: (asked) => agents.find(({ id }) => id === asked),
    transactionsOf: async (id) => {
      const own = transactions.filter((transaction) => transaction.agents.includes(id));
      return own.length === 0 ? undefined : { from: 0, count: own.length, content: own };
    },
    people: (query) => rollPage(people, ({ ref }) => ref, query),
  };
}
