import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { AdminPorts } from "../admin/ports.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { exportTransaction } from "../evidence/export/export-transaction.ts";
import {
  type ListedTransaction,
  listTransactions,
  type OpenedEntry,
  transactionEntries,
} from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { readEntryBundle } from "../evidence/public-log.ts";
import { recordReading } from "../evidence/record-reading.ts";
import type { Witnessing } from "../evidence/witness/witness-round.ts";
import type { Mandates } from "../mandates/mandates.ts";
import { auditorOf } from "./auditor-of.ts";
import { begunBy, openingLeaf } from "./opening-leaf.ts";
import { quietRanges } from "./quiet-ranges.ts";
import { rangeOf } from "./range-of.ts";
import { transactionAfter, transactionCursor } from "./transaction-cursor.ts";

type EvidencePort = AdminPorts["evidence"];

function describe(txn: ListedTransaction, lengthNow: number): JsonObject {
  const { id, firstMs, lastMs, state } = txn;
  // The row is written at opening and closing alone; what happens in between is counted in memory.
  const entries = state === "open" ? Math.max(txn.entries, lengthNow) : txn.entries;
  return { id, first_ms: firstMs, last_ms: lastMs, state, entries, cursor: transactionCursor(txn) };
}

function entryJson({ index, leaf, openings }: OpenedEntry): JsonObject {
  const { proof, inputs, content } = openings;
  const opened: { [part: string]: JsonValue } = {};
  if (proof !== undefined) opened["proof"] = proof;
  if (inputs !== undefined) opened["inputs"] = inputs.map((item) => ({ ...item }));
  if (content !== undefined) opened["content"] = content;
  return { index, leaf, openings: opened };
}

/** What administrators and auditors read of the evidence. Each reading of openings is recorded before it is answered. */
export function adminEvidence(evidence: Evidence, mandates: Mandates, witnessing: Witnessing): EvidencePort {
  const { store, custody } = evidence;
  const openings = new OpeningReader(store, custody.keyEncryption);
  return {
    async transactions({ after, limit }, reader) {
      const listed = await listTransactions(store, { ...transactionAfter(after), limit });
      const open = new Map(mandates.list().map((mandate) => [mandate.txn, mandate]));
      const opened = new Map<string, OpenedEntry>();
      if (reader !== undefined && listed.length > 0) {
        for (const { id } of listed) opened.set(id, await openingLeaf(store, openings, id));
        const range = rangeOf([...opened.values()].map(({ index }) => index));
        await recordReading(evidence, range, auditorOf(reader));
      }
      return {
        transactions: listed.map((txn) => {
          const [mandate, first] = [open.get(txn.id), opened.get(txn.id)];
          return {
            ...describe(txn, evidence.transactionLength(txn.id)),
            ...(mandate === undefined ? {} : { mandate: mandate.id, agent: mandate.document.agent }),
            ...(first === undefined ? {} : begunBy(first)),
          };
        }),
      };
    },
    async transaction(id, reader) {
      const entries = await transactionEntries(store, openings, id);
      await recordReading(evidence, rangeOf(entries.map(({ index }) => index)), auditorOf(reader));
      return { id, entries: entries.map(entryJson) };
    },
    async bundle(id, request) {
      // A proof is worth most under a head that witnesses have seen; those that do not answer in time are not waited for.
      await evidence.freshCheckpoint();
      await witnessing.settled();
      return exportTransaction(evidence, id, auditorOf(request));
    },
    async checkpoint() {
      const fresh = await evidence.freshCheckpoint();
      const { witnessed } = evidence.publisher;
      return witnessed?.size === fresh.size ? witnessed.note : fresh.note;
    },
    entries: (at, request) => readEntryBundle(evidence, at, auditorOf(request)),
    quietRanges: (agent) => quietRanges(evidence, agent),
  };
}
