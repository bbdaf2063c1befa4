import { openedMember, parseMandateDocument } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject } from "@narrowgate/kernel";
import { type OpenedEntry, openedEntry, transactionIndexes } from "../evidence/export/transaction-entries.ts";
import type { OpeningReader } from "../evidence/openings.ts";
import type { Store } from "../platform/store/store.ts";

/**
 * The leaf that began a transaction, opened.
 * Trust: gives out sealed content; the caller has authenticated an auditor and records the reading (E-2).
 * @throws `not_found`, `verification_failed`
 */
export async function openingLeaf(store: Store, reader: OpeningReader, txn: string): Promise<OpenedEntry> {
  const { size } = await store.tree();
  const [first = -1] = await transactionIndexes(store, txn, size);
  return openedEntry(store, reader, first);
}

/** Agent and purpose as they stand in the mandate that began a transaction; empty where that was erased. */
export function begunBy({ openings }: OpenedEntry): JsonObject {
  const document = openedMember(openings.content, "document");
  if (document === undefined) return {};
  try {
    const { agent, purpose } = parseMandateDocument(document);
    return { agent, purpose };
  } catch (error) {
    // A registry's document or none of ours: nothing is said of it.
    if (isNarrowgateError(error)) return {};
    throw error;
  }
}
