import {
  type JsonValue,
  readArray,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { get, getJson, type Outcome } from "./outcome.ts";

/** One line of the list, as the server tells it: nothing of it is verified here. */
export interface TransactionSummary {
  readonly id: string;
  readonly subject: string | undefined;
  readonly agents: readonly string[];
  readonly purpose: string | undefined;
  readonly state: "open" | "closed" | "expired";
  readonly permits: number;
  readonly refusals: number;
  readonly lastActivityMs: number;
}

/** A page of the list. */
export interface TransactionPage {
  readonly transactions: readonly TransactionSummary[];
  readonly next: string | undefined;
}

const text = { max: 65_536 };

function readText(value: unknown, path: string): string {
  return readString(value, path, text);
}

function readSummary(value: unknown, path: string): TransactionSummary {
  const row = readObject(value, path, [
    "id",
    "subject",
    "agents",
    "purpose",
    "state",
    "permits",
    "refusals",
    "lastActivityMs",
  ]);
  return {
    id: readText(row.id, `${path}/id`),
    subject: readOptional(row.subject, (member) => readText(member, `${path}/subject`)),
    agents: readArray(row.agents, `${path}/agents`, readText),
    purpose: readOptional(row.purpose, (member) => readText(member, `${path}/purpose`)),
    state: readEnum(row.state, `${path}/state`, ["open", "closed", "expired"]),
    permits: readInteger(row.permits, `${path}/permits`),
    refusals: readInteger(row.refusals, `${path}/refusals`),
    lastActivityMs: readInteger(row.lastActivityMs, `${path}/lastActivityMs`),
  };
}

function readPage(value: JsonValue): TransactionPage {
  const row = readObject(value, "", ["transactions", "next"]);
  return {
    transactions: readArray(row.transactions, "/transactions", readSummary),
    next: readOptional(row.next, (member) => readText(member, "/next")),
  };
}

/** A page of the list, youngest first. */
export function listTransactions(
  after: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<TransactionPage>> {
  const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
  return getJson(`/api/transactions${query}`, readPage, signal);
}

/** The newest transactions an agent took part in, newest first. */
export function listTransactionsOf(
  agent: string,
  signal: AbortSignal,
): Promise<Outcome<readonly TransactionSummary[]>> {
  const path = `/api/agents/${encodeURIComponent(agent)}/transactions`;
  return getJson(path, (value) => readPage(value).transactions, signal);
}

/** What the server says of one transaction, before its bundle is checked. */
export function readTransaction(id: string, signal: AbortSignal): Promise<Outcome<TransactionSummary>> {
  return getJson(`/api/transactions/${id}`, (value) => readSummary(value, ""), signal);
}

/** The proof bundle, byte for byte. */
export function readBundle(id: string, signal: AbortSignal): Promise<Outcome<Uint8Array<ArrayBuffer>>> {
  const path = `/api/transactions/${id}/bundle`;
  return get(path, async (response) => new Uint8Array(await response.arrayBuffer()), signal);
}
