import { sealedPart, sealedParts } from "../read-row.ts";
import type { Batch, EntryRow, SealedRow } from "../store.ts";

/** Numbers to an entry: index, length of its leaf, previous of its transaction and of its agent. */
const ENTRY_NUMBERS = 4;
/** Numbers to a sealed part: index, part, place of its key id among the key ids, length. */
const SEALED_NUMBERS = 4;
const NONE = -1;

/** A batch as it goes to the thread of the store: leaves and sealed parts behind one another, so that one block moves. */
export interface PackedBatch extends Omit<Batch, "entries" | "sealed"> {
  readonly bytes: ArrayBuffer;
  readonly entryNumbers: Float64Array;
  readonly sealedNumbers: Float64Array;
  readonly keyIds: readonly string[];
}

function totalLength({ entries, sealed }: Batch): number {
  let length = 0;
  for (const { leaf } of entries) length += leaf.length;
  for (const { ciphertext } of sealed) length += ciphertext.length;
  return length;
}

/** Packs a batch; what it refers to is copied, so the caller may go on with its buffers. `bytes` may be transferred. */
export function packBatch(batch: Batch): PackedBatch {
  const { entries, sealed, expectedSize, heads, tiles, state, frontier, eraseKeys } = batch;
  const bytes = new Uint8Array(new ArrayBuffer(totalLength(batch)));
  let at = 0;
  const add = (part: Uint8Array): void => {
    bytes.set(part, at);
    at += part.length;
  };
  const entryNumbers = new Float64Array(entries.length * ENTRY_NUMBERS);
  entries.forEach(({ index, leaf, txnPrevious, agentPrevious }, i) => {
    add(leaf);
    entryNumbers.set([index, leaf.length, txnPrevious ?? NONE, agentPrevious ?? NONE], i * ENTRY_NUMBERS);
  });
  const keyIds = new Map<string, number>();
  const sealedNumbers = new Float64Array(sealed.length * SEALED_NUMBERS);
  sealed.forEach(({ index, part, keyId, ciphertext }, i) => {
    add(ciphertext);
    const key = keyIds.get(keyId) ?? keyIds.size;
    keyIds.set(keyId, key);
    sealedNumbers.set([index, sealedParts.indexOf(part), key, ciphertext.length], i * SEALED_NUMBERS);
  });
  const rest = { expectedSize, heads, tiles, state, frontier, eraseKeys };
  return { ...rest, bytes: bytes.buffer, entryNumbers, sealedNumbers, keyIds: [...keyIds.keys()] };
}

/** The batch that {@link packBatch} packed. */
export function unpackBatch(packed: PackedBatch): Batch {
  const { bytes, entryNumbers, sealedNumbers, keyIds, ...rest } = packed;
  let at = 0;
  const take = (length: number): Uint8Array => {
    at += length;
    return new Uint8Array(bytes, at - length, length);
  };
  const entries: EntryRow[] = [];
  for (let i = 0; i < entryNumbers.length; i += ENTRY_NUMBERS) {
    const [index = 0, length = 0, txn = NONE, agent = NONE] = entryNumbers.subarray(i, i + ENTRY_NUMBERS);
    const txnPrevious = txn === NONE ? null : txn;
    entries.push({ index, leaf: take(length), txnPrevious, agentPrevious: agent === NONE ? null : agent });
  }
  const sealed: SealedRow[] = [];
  for (let i = 0; i < sealedNumbers.length; i += SEALED_NUMBERS) {
    const [index = 0, part = NONE, key = 0, length = 0] = sealedNumbers.subarray(i, i + SEALED_NUMBERS);
    sealed.push({ index, part: sealedPart(part), keyId: keyIds[key] ?? "", ciphertext: take(length) });
  }
  return { ...rest, entries, sealed };
}
