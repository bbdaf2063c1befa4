import { type Openings, type ProofBundle, parseProofBundle, type SealedPart } from "@narrowgate/contracts";
import {
  concatBytes,
  isNarrowgateError,
  type JsonSpan,
  NarrowgateError,
  type Sha256,
  scanCanonicalJson,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import { BundleText } from "./bundle-text.ts";
import {
  ENTRY_DEPTH,
  ENTRY_SPAN_DEPTH,
  type EntryFrame,
  readEntryFrame,
  readOpenings,
  uncommittedParts,
} from "./read-entry.ts";
import type { Failure } from "./report.ts";

/** Largest bundle that is read, in bytes. */
export const MAX_BUNDLE_BYTES: number = 512 * 1024 * 1024;

/** A bundle without its entries. */
export type BundleFrame = Omit<ProofBundle, "entries">;

/** One entry as it was read. */
export interface ReadEntry extends EntryFrame {
  /** Only what the leaf commits to: nothing else is read. */
  readonly openings: Openings;
  /** Parts in the file that are not what the leaf commits to. */
  readonly uncommitted: readonly SealedPart[];
}

/** A bundle in form, or why it is not. */
export type ReadOutcome =
  | { readonly kind: "read"; readonly bundle: BundleFrame; readonly entries: readonly ReadEntry[] }
  | { readonly kind: "refused"; readonly failure: Failure };

const newline = 0x0a;
// The bundle and the list of entries stand around each entry.
const maxDepth = ENTRY_DEPTH + 2;
const spanDepth = ENTRY_SPAN_DEPTH + 2;
const maxEntries = 1_000_000;

function refused(message: string): ReadOutcome {
  return { kind: "refused", failure: { rule: "E-21", message } };
}

function refuse(what: string): never {
  throw new NarrowgateError("malformed_input", `/entries: ${what}`);
}

/**
 * What the seal is over: the file without `seal` and newline. INVARIANT: the file is canonical, so `seal` stands at its end,
 * with nothing but `txn` behind it.
 */
function sealedBytes(bytes: Uint8Array, { seal, txn }: BundleFrame): Uint8Array {
  const txnMember = txn === undefined ? "}" : `,"txn":"${txn}"}`;
  const tail = `,"seal":"${seal}"${txnMember}`;
  return concatBytes(bytes.subarray(0, bytes.length - tail.length), utf8(txnMember));
}

/** Reads all but the entries; of them the first comes along, for a bundle has at least one. */
function readFrame(file: BundleText, entries: JsonSpan): BundleFrame {
  const [first] = entries.items ?? [];
  const head = file.text(0, first?.end ?? entries.start + 1);
  const { entries: _, ...frame } = parseProofBundle(
    JSON.parse(head + file.text(entries.end - 1, file.bytes.length)),
  );
  return frame;
}

function readEntries(sha256: Sha256, file: BundleText, spans: readonly JsonSpan[]): readonly ReadEntry[] {
  if (spans.length > maxEntries) refuse(`must have 1 to ${maxEntries} items`);
  let last = -1;
  return spans.map((span) => {
    const frame = readEntryFrame(sha256, file, span);
    if (frame.leaf.writer.seq <= last) refuse("must be sorted by writer.seq, none twice");
    last = frame.leaf.writer.seq;
    const uncommitted = [...uncommittedParts(sha256, file, frame)];
    return { ...frame, uncommitted, openings: readOpenings(file, frame, uncommitted) };
  });
}

/** Every member of a bundle is read, so what was scanned is its canonical form. */
function readCanonical(sha256: Sha256, bytes: Uint8Array): ReadOutcome {
  const file = new BundleText(bytes);
  // ORDER: before JSON.parse, which would keep one of two equal keys and say nothing.
  const scanned = scanCanonicalJson(bytes, { maxDepth, spanDepth });
  // checkpoint, earlier, entries, ...
  const [, , spans] = scanned.items ?? [];
  if (spans === undefined) return refused("the file is no bundle");
  const bundle = readFrame(file, spans);
  // ORDER: damage shows here, before anything is read entry by entry.
  const seal = toSha256Text(sha256(sealedBytes(bytes, bundle)));
  if (seal !== bundle.seal) return refused("the seal does not fit: the file is damaged");
  return { kind: "read", bundle, entries: readEntries(sha256, file, spans.items ?? []) };
}

/**
 * Reads a bundle file: strict JSON in canonical form with one newline, sorted entries, and a seal that fits.
 * Trust: `bytes` are attacker-controlled. Never throws on them.
 * @see docs/spec/evidence.md E-21
 */
export function readBundle(sha256: Sha256, bytes: Uint8Array): ReadOutcome {
  try {
    if (bytes.length > MAX_BUNDLE_BYTES) return refused("the file is too large");
    if (bytes.at(-1) !== newline) return refused("the file does not end with a newline");
    return readCanonical(sha256, bytes.subarray(0, -1));
  } catch (error) {
    return refused(isNarrowgateError(error) ? error.publicMessage : "the file cannot be read");
  }
}
