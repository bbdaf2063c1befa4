import { fromBase64, toBase64 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";
import { hashLength } from "./merkle-hash.ts";

/** No proof in a tree of 64-bit size has more hashes. */
export const maxProofHashes = 63;

/**
 * Writes the hashes of a proof as base64 lines.
 * @throws NarrowgateError `malformed_input` on more than 63, or on a hash that is not 32 bytes
 */
export function formatHashLines(hashes: readonly Uint8Array[]): string {
  if (hashes.length > maxProofHashes) refuse("proof has more than 63 hashes");
  if (hashes.some((hash) => hash.length !== hashLength)) refuse("proof has a hash that is not 32 bytes");
  return hashes.map((hash) => `${toBase64(hash)}\n`).join("");
}

/** Reads proof lines, without their newlines; accepts exactly what {@link formatHashLines} writes. */
export function parseHashLines(lines: readonly string[]): Uint8Array[] {
  if (lines.length > maxProofHashes) refuse("proof has more than 63 hashes");
  const hashes = lines.map(fromBase64);
  if (hashes.some((hash) => hash.length !== hashLength)) refuse("proof has a hash that is not 32 bytes");
  return hashes;
}

/** A head of lines, a blank line, and a checkpoint note: the shape of witness requests and log proofs. */
export interface HeadAndNote {
  readonly head: readonly string[];
  readonly note: string;
}

// Some words, the lines of a proof, and one of extra data: more lines before the note are refused unread.
const maxHeadLines = maxProofHashes + 3;

/** Splits a body at its first blank line. TRUST: `body` may be attacker-controlled; `maxLength` is in UTF-16 units. */
export function splitAtBlankLine(body: string, maxLength: number): HeadAndNote {
  if (body.length > maxLength) refuse("body is too large");
  const blank = body.indexOf("\n\n");
  if (blank === -1) refuse("body has no blank line");
  const head = body.slice(0, blank).split("\n", maxHeadLines + 1);
  if (head.length > maxHeadLines) refuse("proof has more than 63 hashes");
  return { head, note: body.slice(blank + 2) };
}
