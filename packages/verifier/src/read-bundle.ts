import { type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import {
  canonicalJson,
  equalBytes,
  isNarrowgateError,
  parseStrictJson,
  type Sha256,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import type { Failure } from "./report.ts";

/** Largest bundle that is read, in bytes. */
export const MAX_BUNDLE_BYTES: number = 512 * 1024 * 1024;

/** A bundle in form, or why it is not. */
export type ReadOutcome =
  | { readonly kind: "read"; readonly bundle: ProofBundle }
  | { readonly kind: "refused"; readonly failure: Failure };

function refused(message: string): ReadOutcome {
  return { kind: "refused", failure: { rule: "E-21", message } };
}

/**
 * The canonical text without its seal. INVARIANT: `text` is canonical, so `seal` stands between `format` and `txn`.
 */
function withoutSeal(text: string, { seal, txn }: ProofBundle): string {
  const tail = `,"seal":${canonicalJson(seal)},"txn":${canonicalJson(txn)}}`;
  return `${text.slice(0, text.length - tail.length)},"txn":${canonicalJson(txn)}}`;
}

function readText(bytes: Uint8Array): { text: string; bundle: ProofBundle } | string {
  if (bytes.at(-1) !== 0x0a) return "the file does not end in a newline";
  const value = parseStrictJson(bytes.subarray(0, -1), {
    maxBytes: MAX_BUNDLE_BYTES,
    maxKeys: 50_000_000,
    maxDepth: 96,
  });
  const text = canonicalJson(value);
  if (!equalBytes(utf8(`${text}\n`), bytes)) return "the file is not in canonical form";
  return { text, bundle: parseProofBundle(value) };
}

/**
 * Reads a bundle file: strict JSON in canonical form with one newline, sorted entries, and a seal that fits.
 * Trust: `bytes` are attacker-controlled. Never throws on them.
 * @see docs/spec/evidence.md E-21
 */
export function readBundle(sha256: Sha256, bytes: Uint8Array): ReadOutcome {
  try {
    const read = readText(bytes);
    if (typeof read === "string") return refused(read);
    const { text, bundle } = read;
    const seal = toSha256Text(sha256(utf8(withoutSeal(text, bundle))));
    return seal === bundle.seal
      ? { kind: "read", bundle }
      : refused("the seal does not fit: the file is damaged");
  } catch (error) {
    return refused(isNarrowgateError(error) ? error.publicMessage : "the file cannot be read");
  }
}
