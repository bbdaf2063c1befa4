import type { AgentLine, AgentSheet, PersonLine, TransactionSummary } from "@narrowgate/contracts";
import type { Disclosure } from "./disclosure.ts";

/** Part of a list, in its order. */
export interface RollPage<T> {
  readonly rows: readonly T[];
  /** Value of `after` for what follows; absent at the end. */
  readonly next?: string;
}

/** Where a part of a list begins, and how long it is at most. */
export interface RollQuery {
  /** Trust: attacker-controlled; a value that names nothing begins somewhere, and never fails. */
  readonly after?: string;
  readonly limit: number;
}

/** Who is registered here: agents and people; supplied by compose. */
export interface RollPorts {
  /** By id. */
  readonly agents: (query: RollQuery) => RollPage<AgentLine>;
  readonly agent: (id: string) => AgentSheet | undefined;
  /** The newest transactions an agent took part in, newest first; undefined when there is none. */
  readonly transactionsOf: (id: string) => Promise<Disclosure<readonly TransactionSummary[]> | undefined>;
  /** By ref. */
  readonly people: (query: RollQuery) => RollPage<PersonLine>;
}

/** The part of a list that follows `after`. @param rows - sorted by what `keyOf` gives */
export function rollPage<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  { after, limit }: RollQuery,
): RollPage<T> {
  const found = after === undefined ? 0 : rows.findIndex((row) => keyOf(row) > after);
  const start = found < 0 ? rows.length : found;
  const shown = rows.slice(start, start + limit);
  const last = shown.at(-1);
  const isEnd = last === undefined || start + limit >= rows.length;
  return { rows: shown, ...(isEnd ? {} : { next: keyOf(last) }) };
}
