import type { JsonObject } from "@narrowgate/kernel";
import type { Disclosure, TransactionSummary } from "./ports.ts";

/** An agent, as a line of the list. */
export interface AgentLine {
  readonly id: string;
  readonly tier: string;
  readonly owner: string;
  readonly state: string;
  /** Unix seconds. */
  readonly expires: number;
  /** Ids of the servers in its ceiling, each once. */
  readonly servers: readonly string[];
}

/** A workload that runs as an agent. */
export interface AgentInstance {
  readonly ref: string;
  /** What its platform calls it; empty for one that joined by a code. */
  readonly name: string;
  readonly method: string;
  readonly assurance: string;
  readonly state: string;
  /** Unix milliseconds. */
  readonly lastMs: number;
}

/** One agent. */
export interface AgentSheet extends AgentLine {
  readonly deputy: string;
  readonly purpose: string;
  /** Ids of the agents it may hand off to. */
  readonly delegates: readonly string[];
  /** Details of its ceiling, as they stand in tokens. */
  readonly ceiling: readonly JsonObject[];
  readonly instances: readonly AgentInstance[];
}

/** What a person let an agent do, without the task: that is read in the transaction, and goes on record there. */
export interface PersonConsent {
  readonly agent: string;
  readonly mandate: string;
  readonly txn: string;
  /** Host the browser went to; empty where there was none. */
  readonly redirectHost: string;
  /** Unix milliseconds, as below. */
  readonly atMs: number;
  readonly expiresAtMs: number;
  /** Absent: not used since it was given, or since the server began. */
  readonly lastUsedMs?: number;
}

/** A person who may sign in or approve. */
export interface PersonLine {
  readonly ref: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Of each passkey the model of its authenticator: `virtual`, `unknown`, or an AAGUID. */
  readonly passkeys: readonly string[];
  /** How many consents of hers stand; the youngest of them are in `consents`. */
  readonly consentCount: number;
  readonly consents: readonly PersonConsent[];
}

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
