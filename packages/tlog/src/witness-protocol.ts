import { formatHashLines, parseHashLines, splitAtBlankLine } from "./hash-lines.ts";
import { refuse } from "./malformed.ts";
import {
  formatNote,
  maxNoteBytes,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  type SignedNote,
} from "./signed-note.ts";
import { isTreeSize, parseDecimal } from "./tree-size.ts";

/** What a log sends a witness. */
export interface AddCheckpointRequest {
  /** Size of the checkpoint the witness cosigned last, as far as the log knows. */
  readonly oldSize: number;
  /** Consistency proof from `oldSize` to the checkpoint's size; at most 63 hashes. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint. */
  readonly note: SignedNote;
}

// The old size and 63 hashes take less than this.
const maxHeadLength = 4096;

/**
 * Writes the body of an add-checkpoint request.
 * @throws NarrowgateError `malformed_input` when a part cannot be written
 * @see C2SP tlog-witness, add-checkpoint
 */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpointRequest): string {
  if (!isTreeSize(oldSize)) refuse("add-checkpoint has an impossible old size");
  return `old ${oldSize}\n${formatHashLines(proof)}\n${formatNote(note)}`;
}

/**
 * Reads the body of an add-checkpoint request; accepts exactly what {@link formatAddCheckpoint} writes.
 * Trust: `body` is attacker-controlled. Neither signatures nor the proof are verified, nor is the note's text read.
 * @throws NarrowgateError `malformed_input` or `malformed_bytes`
 */
export function parseAddCheckpoint(body: string): AddCheckpointRequest {
  const { head, note } = splitAtBlankLine(body, maxNoteBytes + maxHeadLength);
  const [first = "", ...proofLines] = head;
  const oldSize = first.startsWith("old ") ? parseDecimal(first.slice(4)) : undefined;
  if (oldSize === undefined) refuse("add-checkpoint does not begin with an old size");
  return { oldSize, proof: parseHashLines(proofLines), note: parseNote(note) };
}

/**
 * Reads the body of a successful add-checkpoint response: cosignature lines (write them with formatSignatureLines).
 * Trust: the witness may answer anything; verify the lines against its key.
 * @throws NarrowgateError `malformed_input` or `malformed_bytes`
 */
export function parseAddCheckpointResponse(body: string): NoteSignature[] {
  if (body.length > maxNoteBytes) refuse("body is too large");
  return parseSignatureLines(body);
}

/** Media type of the body of a 409 answer. */
export const treeSizeMediaType = "text/x.tlog.size";

/**
 * Writes the body of a 409 answer: the size the witness cosigned last.
 * @throws NarrowgateError `malformed_input` when `size` is no tree size
 */
export function formatTreeSize(size: number): string {
  if (!isTreeSize(size)) refuse("not a tree size");
  return `${size}\n`;
}

/**
 * Reads the body of a 409 answer.
 * Trust: the witness may answer anything; its number is a hint for the next request.
 * @throws NarrowgateError `malformed_input`
 */
export function parseTreeSize(body: string): number {
  const size = body.endsWith("\n") ? parseDecimal(body.slice(0, -1)) : undefined;
  return size ?? refuse("body is not a tree size");
}
