import { fromBase64, toBase64 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";
import { hashLength } from "./merkle-hash.ts";
import { isTreeSize, parseDecimal } from "./tree-size.ts";

/** The head of a log's tree: the text of a checkpoint note. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Opaque further lines; ours has none. */
  readonly extensions: readonly string[];
}

function isLine(line: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a note may not hold
  return line.length > 0 && line.isWellFormed() && !/[\u0000-\u001f]/.test(line);
}

/**
 * Writes the note text of a checkpoint.
 * @throws NarrowgateError `malformed_input` when a part cannot be written
 * @see C2SP tlog-checkpoint, Note text
 */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  if (![origin, ...extensions].every(isLine)) refuse("checkpoint has an impossible line");
  if (!isTreeSize(size)) refuse("checkpoint has an impossible size");
  if (root.length !== hashLength) refuse("checkpoint has a root that is not 32 bytes");
  return [origin, size, toBase64(root), ...extensions].map((line) => `${line}\n`).join("");
}

/**
 * Reads the note text of a checkpoint; accepts exactly what {@link formatCheckpoint} writes.
 * Trust: `text` may be attacker-controlled; it is worth nothing before the note's signatures are verified.
 * @throws NarrowgateError `malformed_input` or `malformed_bytes`
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith("\n")) refuse("checkpoint does not end in a newline");
  const [origin = "", sizeText = "", rootText = "", ...extensions] = text.slice(0, -1).split("\n");
  const size = parseDecimal(sizeText);
  if (size === undefined) refuse("checkpoint has an impossible size");
  const checkpoint = { origin, size, root: fromBase64(rootText), extensions };
  // INVARIANT: what formatCheckpoint refuses to write is not accepted either.
  if (formatCheckpoint(checkpoint) !== text) refuse("checkpoint is not canonical");
  return checkpoint;
}
