import { type BundleEntry, type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import {
  concatBytes,
  fromUtf8,
  isNarrowgateError,
  type JsonSpan,
  type Sha256,
  scanCanonicalJson,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import type { Failure } from "./report.ts";

/** Largest bundle that is read, in bytes. */
export const MAX_BUNDLE_BYTES: number = 512 * 1024 * 1024;

/** What of an entry is hashed, as it stands in the file: canonical JSON. */
export interface EntryBytes {
  readonly leaf: Uint8Array;
  readonly content?: Uint8Array;
  readonly proof?: Uint8Array;
  /** One per input, in order. */
  readonly inputs?: readonly Uint8Array[];
}

/** A bundle in form with the bytes of its entries, or why it is not. */
export type ReadOutcome =
  | { readonly kind: "read"; readonly bundle: ProofBundle; readonly bytes: readonly EntryBytes[] }
  | { readonly kind: "refused"; readonly failure: Failure };

const newline = 0x0a;
const maxDepth = 96;
// bundle, entries, entry, its members, its openings, inputs, one input.
const spanDepth = 5;

function refused(message: string): ReadOutcome {
  return { kind: "refused", failure: { rule: "E-21", message } };
}

/** What the seal is over: the file without `seal` and newline. INVARIANT: the file is canonical, so both stand at its end. */
function sealedBytes(bytes: Uint8Array, { seal, txn }: ProofBundle): Uint8Array {
  const txnMember = `,"txn":"${txn}"}`;
  const tail = `,"seal":"${seal}"${txnMember}\n`;
  return concatBytes(bytes.subarray(0, bytes.length - tail.length), utf8(txnMember));
}

/** INVARIANT: members stand in canonical order: inclusion, leaf, openings; in openings content, inputs, proof. */
function entryBytes(
  file: Uint8Array,
  { openings = {} }: BundleEntry,
  span: JsonSpan | undefined,
): EntryBytes {
  const [, leafSpan, openingsSpan] = span?.items ?? [];
  const cut = (at: JsonSpan | undefined): Uint8Array => file.subarray(at?.start ?? 0, at?.end ?? 0);
  const parts = [...(openingsSpan?.items ?? [])];
  return {
    leaf: cut(leafSpan),
    ...(openings.content === undefined ? {} : { content: cut(parts.shift()) }),
    ...(openings.inputs === undefined ? {} : { inputs: (parts.shift()?.items ?? []).map(cut) }),
    ...(openings.proof === undefined ? {} : { proof: cut(parts.shift()) }),
  };
}

/** Every member of a bundle is read, so what was scanned is its canonical form. */
function readCanonical(file: Uint8Array): ReadOutcome & { readonly kind: "read" } {
  const text = fromUtf8(file);
  // ORDER: before JSON.parse, which would keep one of two equal keys and say nothing.
  const scanned = scanCanonicalJson(file, { maxDepth, spanDepth });
  const bundle = parseProofBundle(JSON.parse(text));
  // checkpoint, earlier, entries, ...
  const spans = scanned.items?.[2]?.items ?? [];
  return { kind: "read", bundle, bytes: bundle.entries.map((entry, i) => entryBytes(file, entry, spans[i])) };
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
    const outcome = readCanonical(bytes.subarray(0, -1));
    const seal = toSha256Text(sha256(sealedBytes(bytes, outcome.bundle)));
    return seal === outcome.bundle.seal ? outcome : refused("the seal does not fit: the file is damaged");
  } catch (error) {
    return refused(isNarrowgateError(error) ? error.publicMessage : "the file cannot be read");
  }
}
