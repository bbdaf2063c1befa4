import { fromBase64, toBase64 } from "@narrowgate/kernel";
import { formatHashLines, parseHashLines, splitAtBlankLine } from "./hash-lines.ts";
import { refuse } from "./malformed.ts";
import { formatNote, maxNoteBytes, parseNote, type SignedNote } from "./signed-note.ts";
import { isTreeSize, parseDecimal } from "./tree-size.ts";

/** A receipt for one leaf that can be verified offline. */
export interface LogProof {
  /** Opaque and not authenticated by anything; at least one byte. */
  readonly extra?: Uint8Array;
  /** Index of the leaf. */
  readonly index: number;
  /** Inclusion proof of the leaf in the checkpoint's tree. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, with its cosignatures. */
  readonly note: SignedNote;
}

const firstLine = "c2sp.org/tlog-proof@v1";

/** Largest proof text, in UTF-16 units: a note, 63 hashes, and the rest for extra data. */
const maxProofLength = 2 * maxNoteBytes;

/**
 * Writes a log proof.
 * @throws NarrowgateError `malformed_input` when a part cannot be written
 * @see C2SP tlog-proof, Format
 */
export function formatLogProof({ extra, index, proof, note }: LogProof): string {
  if (!isTreeSize(index)) refuse("log proof has an impossible index");
  if (extra?.length === 0) refuse("log proof has empty extra data");
  const extraLine = extra === undefined ? "" : `extra ${toBase64(extra)}\n`;
  const text = `${firstLine}\n${extraLine}index ${index}\n${formatHashLines(proof)}\n${formatNote(note)}`;
  if (text.length > maxProofLength) refuse("log proof is too large");
  return text;
}

/**
 * Reads a log proof; accepts exactly what {@link formatLogProof} writes. Verifies nothing.
 * Trust: `text` may be attacker-controlled.
 * @throws NarrowgateError `malformed_input` or `malformed_bytes`
 */
export function parseLogProof(text: string): LogProof {
  const { head, note } = splitAtBlankLine(text, maxProofLength);
  const [first, ...lines] = head;
  if (first !== firstLine) refuse("text is not a log proof");
  const extraText = lines[0]?.startsWith("extra ") ? lines.shift()?.slice(6) : undefined;
  const indexLine = lines.shift() ?? "";
  const index = indexLine.startsWith("index ") ? parseDecimal(indexLine.slice(6)) : undefined;
  if (index === undefined) refuse("log proof has no index");
  if (extraText === "") refuse("log proof has empty extra data");
  const extra = extraText === undefined ? {} : { extra: fromBase64(extraText) };
  return { ...extra, index, proof: parseHashLines(lines), note: parseNote(note) };
}
