import { invariant, NarrowgateError } from "@narrowgate/kernel";
import type { Batch } from "./store.ts";

/** Longest state key, head id or key id, in UTF-16 code units; what every driver can hold in an index. */
export const maxKeyLength = 512;
/** Longest room name, in UTF-16 code units. */
export const maxRoomLength = 64;
/** A full tile: 256 hashes of 32 bytes. */
const tileBytes = 8192;

/**
 * Checks what every driver relies on, so that no driver accepts what another would refuse.
 * Trust: keys may hold text from outside; indexes come from our own sequencer.
 * @returns the size of the log after the batch
 * @throws NarrowgateError `malformed_input` for text that cannot be stored, `internal_error` for indexes that do not fit
 */
export function checkBatch(batch: Batch): number {
  const size = batch.expectedSize + batch.entries.length;
  // INVARIANT: the log has no gap: entry n of a batch stands at expectedSize + n.
  const gapless = batch.entries.every((entry, offset) => entry.index === batch.expectedSize + offset);
  invariant(Number.isSafeInteger(batch.expectedSize) && batch.expectedSize >= 0, "size is not a count");
  invariant(gapless, "entries do not continue the log");
  invariant(
    batch.heads.every((head) => head.index < size),
    "a head is beyond the log",
  );
  invariant(
    batch.sealed.every((part) => part.index < size),
    "a sealed part is beyond the log",
  );
  invariant(
    batch.tiles.every((tile) => tile.hashes.length === tileBytes),
    "a tile is not full",
  );
  checkTexts(batch);
  return size;
}

function checkTexts(batch: Batch): void {
  for (const head of batch.heads) {
    checkText("head id", head.id, maxKeyLength);
    checkText("head hash", head.hash, maxKeyLength);
  }
  for (const part of batch.sealed) checkText("key id", part.keyId, maxKeyLength);
  for (const keyId of batch.eraseKeys) checkText("key id", keyId, maxKeyLength);
  for (const row of batch.state) {
    checkText("room", row.room, maxRoomLength);
    checkText("state key", row.key, maxKeyLength);
    if (row.value !== null) checkText("state value", row.value, Number.POSITIVE_INFINITY);
  }
}

/** A scan begins after the empty text, PostgreSQL holds no U+0000, and a lone surrogate would be stored as another text. */
function checkText(what: string, text: string, maxLength: number): void {
  if (text.length === 0 || text.length > maxLength || text.includes("\0") || !text.isWellFormed()) {
    throw new NarrowgateError("malformed_input", `${what} is empty, too long or holds what cannot be stored`);
  }
}
