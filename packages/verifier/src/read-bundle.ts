import { type BundleTexts, bundleTexts, type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import {
  concatBytes,
  fromUtf8,
  isNarrowgateError,
  parseStrictJson,
  type Sha256,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import type { Failure } from "./report.ts";

/** Largest bundle that is read, in bytes. */
export const MAX_BUNDLE_BYTES: number = 512 * 1024 * 1024;

/** A bundle in form with its canonical texts, or why it is not. */
export type ReadOutcome =
  | { readonly kind: "read"; readonly bundle: ProofBundle; readonly texts: BundleTexts }
  | { readonly kind: "refused"; readonly failure: Failure };

function refused(message: string): ReadOutcome {
  return { kind: "refused", failure: { rule: "E-21", message } };
}

/** What the seal is over: the file without `seal` and newline. INVARIANT: the file is canonical, so both stand at its end. */
function sealedBytes(bytes: Uint8Array, { seal, txn }: ProofBundle): Uint8Array {
  const txnMember = `,"txn":"${txn}"}`;
  const tail = `,"seal":"${seal}"${txnMember}\n`;
  return concatBytes(bytes.subarray(0, bytes.length - tail.length), utf8(txnMember));
}

/** Compares piece by piece: the file is large, and is not written out a second time. */
function isWritten(text: string, { pieces }: BundleTexts): boolean {
  let at = 0;
  for (const piece of pieces) {
    if (!text.startsWith(piece, at)) return false;
    at += piece.length;
  }
  return text.slice(at) === "\n";
}

/**
 * Reads a bundle file: strict JSON in canonical form with one newline, sorted entries, and a seal that fits.
 * Trust: `bytes` are attacker-controlled. Never throws on them.
 * @see docs/spec/evidence.md E-21
 */
export function readBundle(sha256: Sha256, bytes: Uint8Array): ReadOutcome {
  try {
    if (bytes.length > MAX_BUNDLE_BYTES) return refused("the file is too large");
    const text = fromUtf8(bytes);
    const value = parseStrictJson(text, { maxBytes: MAX_BUNDLE_BYTES, maxKeys: 50_000_000, maxDepth: 96 });
    const bundle = parseProofBundle(value);
    const texts = bundleTexts(bundle);
    if (!isWritten(text, texts)) return refused("the file is not in canonical form with one newline");
    const seal = toSha256Text(sha256(sealedBytes(bytes, bundle)));
    return seal === bundle.seal
      ? { kind: "read", bundle, texts }
      : refused("the seal does not fit: the file is damaged");
  } catch (error) {
    return refused(isNarrowgateError(error) ? error.publicMessage : "the file cannot be read");
  }
}
