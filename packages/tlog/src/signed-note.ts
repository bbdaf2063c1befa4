import { fromBase64, fromUtf8, toBase64, utf8 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";

/** One signature line of a note. */
export interface NoteSignature {
  /** Key name: not empty, no spaces, no plus sign. */
  readonly name: string;
  /** Key id as an unsigned 32-bit number. */
  readonly keyId: number;
  /** What the key's type makes of it; at least one byte. */
  readonly signature: Uint8Array;
}

/** A text, ending in a newline, with its signature lines. Nothing about it is verified. */
export interface SignedNote {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Most signatures a note may have. */
export const maxNoteSignatures = 100;

/** Largest note, in bytes of UTF-8. */
export const maxNoteBytes = 1_000_000;

const lineForm = /^\u2014 ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/u;

/** Tells whether `name` can name a key: not empty, no Unicode space, no plus sign, no control character. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]{1,255}$/u.test(name);
}

function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a note may not hold
  return text.endsWith("\n") && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

function isSignature({ name, keyId, signature }: NoteSignature): boolean {
  return (
    isKeyName(name) && Number.isInteger(keyId) && keyId >= 0 && keyId <= 0xffff_ffff && signature.length > 0
  );
}

/**
 * Writes signature lines, each ending in a newline.
 * @throws NarrowgateError `malformed_input` when a name, key id or signature cannot be written
 * @see C2SP signed-note, Format
 */
export function formatSignatureLines(signatures: readonly NoteSignature[]): string {
  let lines = "";
  for (const each of signatures) {
    if (!isSignature(each)) refuse("signature cannot be written to a note");
    const blob = new Uint8Array(4 + each.signature.length);
    new DataView(blob.buffer).setUint32(0, each.keyId);
    blob.set(each.signature, 4);
    lines += `\u2014 ${each.name} ${toBase64(blob)}\n`;
  }
  return lines;
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name, blobText] = lineForm.exec(line) ?? [];
  if (name === undefined || blobText === undefined || !isKeyName(name))
    refuse("note has a malformed signature line");
  const blob = fromBase64(blobText);
  if (blob.length < 5) refuse("note has a signature that is too short");
  return { name, keyId: new DataView(blob.buffer).getUint32(0), signature: blob.slice(4) };
}

/**
 * Reads 1 to 100 signature lines; accepts exactly what {@link formatSignatureLines} writes.
 * Trust: `lines` may be attacker-controlled.
 * @throws NarrowgateError `malformed_input` or `malformed_bytes`
 */
export function parseSignatureLines(lines: string): NoteSignature[] {
  if (!lines.endsWith("\n")) refuse("signature lines do not end in a newline");
  // ORDER: the limit on the split comes first, so that a note of nothing but lines costs no more than allowed.
  const each = lines.slice(0, -1).split("\n", maxNoteSignatures + 1);
  if (each.length > maxNoteSignatures) refuse(`note has more than ${maxNoteSignatures} signatures`);
  return each.map(parseSignatureLine);
}

/**
 * Writes a note.
 * @throws NarrowgateError `malformed_input` when the text does not end in a newline or holds control characters, or
 * there is no signature, or more than 100
 * @see C2SP signed-note, Format
 */
export function formatNote({ text, signatures }: SignedNote): string {
  if (!isNoteText(text)) refuse("text cannot be a note");
  if (signatures.length < 1 || signatures.length > maxNoteSignatures)
    refuse("a note has 1 to 100 signatures");
  const note = `${text}\n${formatSignatureLines(signatures)}`;
  if (utf8(note).length > maxNoteBytes) refuse("note is too large");
  return note;
}

/**
 * Reads a note; accepts exactly what {@link formatNote} writes. Verifies nothing.
 * Trust: `note` may be attacker-controlled; it may have 1,000,000 bytes and 100 signatures.
 * @throws NarrowgateError `malformed_input` or `malformed_bytes`
 */
export function parseNote(note: string | Uint8Array): SignedNote {
  if (note.length > maxNoteBytes) refuse("note is too large");
  const whole = typeof note === "string" ? note : fromUtf8(note);
  const blank = whole.lastIndexOf("\n\n");
  if (blank === -1 || utf8(whole).length > maxNoteBytes) refuse("note has no signatures, or is too large");
  const text = whole.slice(0, blank + 1);
  if (!isNoteText(text)) refuse("note holds control characters");
  return { text, signatures: parseSignatureLines(whole.slice(blank + 2)) };
}
