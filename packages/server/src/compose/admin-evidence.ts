import { isNarrowgateError, type JsonObject, type JsonValue, parseStrictJson } from "@narrowgate/kernel";
import type { AdminPorts } from "../admin/ports.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { buildBundle } from "../evidence/export/export-transaction.ts";
import {
  type ListedTransaction,
  listTransactions,
  type OpenedEntry,
  transactionEntries,
} from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import type { Mandates } from "../mandates/mandates.ts";
import { quietRanges } from "./quiet-ranges.ts";

type EvidencePort = AdminPorts["evidence"];

/** The cursor of a page: the last transaction of the one before. */
function cursorOf(text: string | undefined): { readonly after?: ListedTransaction } {
  const [first = "", id = ""] = text?.split("/", 2) ?? [];
  if (!/^\d{1,15}$/.test(first) || id === "") return {};
  return { after: { id, firstMs: Number(first), lastMs: null, state: "open", entries: 0 } };
}

function describe(txn: ListedTransaction): JsonObject {
  const { id, firstMs, lastMs, state, entries } = txn;
  return { id, first_ms: firstMs, last_ms: lastMs, state, entries, cursor: `${firstMs}/${id}` };
}

function entryJson({ index, leaf, openings }: OpenedEntry): JsonObject {
  const { proof, inputs, content } = openings;
  const opened: { [part: string]: JsonValue } = {};
  if (proof !== undefined) opened["proof"] = proof;
  if (inputs !== undefined) opened["inputs"] = inputs.map((item) => ({ ...item }));
  if (content !== undefined) opened["content"] = content;
  return { index, leaf, openings: opened };
}

async function found<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (isNarrowgateError(error) && error.code === "not_found") return undefined;
    throw error;
  });
}

/** What administrators and auditors read of the evidence. Each reading of openings is recorded by the admin room. */
export function adminEvidence(evidence: Evidence, mandates: Mandates): EvidencePort {
  const { store, custody } = evidence;
  const reader = new OpeningReader(store, custody.keyEncryption);
  return {
    async transactions({ after, limit }) {
      const listed = await listTransactions(store, { ...cursorOf(after), limit });
      const open = new Map(mandates.list().map((mandate) => [mandate.txn, mandate]));
      return {
        transactions: listed.map((txn) => {
          const mandate = open.get(txn.id);
          return {
            ...describe(txn),
            ...(mandate === undefined ? {} : { mandate: mandate.id, agent: mandate.document.agent }),
          };
        }),
      };
    },
    async transaction(id) {
      const entries = await found(transactionEntries(store, reader, id));
      const from = entries?.[0]?.index;
      return entries === undefined || from === undefined
        ? undefined
        : { from, count: entries.length, content: { id, entries: entries.map(entryJson) } };
    },
    async bundle(id) {
      const built = await found(buildBundle(evidence, id));
      return built === undefined ? undefined : { from: built.from, count: built.count, content: built.bytes };
    },
    checkpoint: async () => {
      const fresh = await evidence.freshCheckpoint();
      const { witnessed } = evidence.publisher;
      return witnessed?.size === fresh.size ? witnessed.note : fresh.note;
    },
    async entries(from, count) {
      const rows = await store.entries(from, count);
      if (rows.length === 0) return undefined;
      return {
        from,
        count: rows.length,
        content: { entries: rows.map(({ index, leaf }) => ({ index, leaf: parseStrictJson(leaf) })) },
      };
    },
    quietRanges: (agent) => quietRanges(evidence, agent),
  };
}
