import type { StateChange } from "@narrowgate/contracts";
import { canonicalJson, NarrowgateError } from "@narrowgate/kernel";
import { maxKeyLength, maxRoomLength } from "../platform/store/check-batch.ts";
import type { StateRow } from "../platform/store/store.ts";
import { EVIDENCE_ROOMS } from "./rooms.ts";

function isStorable(text: string, maxLength: number): boolean {
  return text.length > 0 && text.length <= maxLength && !text.includes("\0") && text.isWellFormed();
}

/**
 * Turns a state change into a row that no store refuses: a commit that is refused stops the writer for good, so one bad
 * key of one room must not get that far.
 * Trust: keys may hold text from outside.
 * @throws `malformed_input` for a key or value that cannot be stored, `internal_error` for a room of ours
 */
export function checkedChange({ room, key, value }: StateChange): StateRow {
  if (!isStorable(room, maxRoomLength) || !isStorable(key, maxKeyLength)) {
    throw new NarrowgateError(
      "malformed_input",
      "a state key is empty, too long or holds what cannot be stored",
    );
  }
  if (EVIDENCE_ROOMS.includes(room)) {
    throw new NarrowgateError("internal_error", "internal error", {
      detail: `room ${room} belongs to evidence`,
    });
  }
  return { room, key, value: value === null ? null : canonicalJson(value) };
}
