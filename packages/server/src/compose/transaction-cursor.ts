import type { ListedTransaction } from "../evidence/export/transaction-entries.ts";

/** Where a page of transactions ended, as callers carry it. */
export function transactionCursor({ firstMs, id }: Pick<ListedTransaction, "firstMs" | "id">): string {
  return `${firstMs}/${id}`;
}

/** Reads a cursor back; one that is none of ours begins at the beginning. Trust: attacker-controlled. */
export function transactionAfter(cursor: string | undefined): { readonly after?: ListedTransaction } {
  const [first = "", id = ""] = cursor?.split("/", 2) ?? [];
  if (!/^\d{1,15}$/.test(first) || id === "") return {};
  return { after: { id, firstMs: Number(first), lastMs: null, state: "open", entries: 0 } };
}
