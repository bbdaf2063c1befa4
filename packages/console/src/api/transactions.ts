import {
  readTransactionPage,
  readTransactionSummary,
  type TransactionPage,
  type TransactionSummary,
} from "@narrowgate/contracts";
import { get, getJson, type Outcome } from "./outcome.ts";

/** A page of the list, youngest first. */
export function listTransactions(
  after: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<TransactionPage>> {
  const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
  return getJson(`/api/transactions${query}`, (value) => readTransactionPage(value, ""), signal);
}

/** The newest transactions an agent took part in, newest first. */
export function listTransactionsOf(
  agent: string,
  signal: AbortSignal,
): Promise<Outcome<readonly TransactionSummary[]>> {
  const path = `/api/agents/${encodeURIComponent(agent)}/transactions`;
  return getJson(path, (value) => readTransactionPage(value, "").transactions, signal);
}

/** What the server says of one transaction, before its bundle is checked. */
export function readTransaction(id: string, signal: AbortSignal): Promise<Outcome<TransactionSummary>> {
  return getJson(`/api/transactions/${id}`, (value) => readTransactionSummary(value, ""), signal);
}

/** The proof bundle, byte for byte. */
export function readBundle(id: string, signal: AbortSignal): Promise<Outcome<Uint8Array<ArrayBuffer>>> {
  const path = `/api/transactions/${id}/bundle`;
  return get(path, async (response) => new Uint8Array(await response.arrayBuffer()), signal);
}
