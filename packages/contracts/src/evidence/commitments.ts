import {
  canonicalBytes,
  canonicalJson,
  concatBytes,
  fromBase64url,
  type JsonObject,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import type { Provenance } from "./draft.ts";
import type { InputItem, InputOpening } from "./openings.ts";

const inputPrefix = utf8("narrowgate/input/v1\n");
const inputsPrefix = utf8("narrowgate/inputs/v1\n");

// One buffer for all that is hashed behind a prefix: a fresh one per input costs as much as the hash itself.
const scratch = new Uint8Array(65_536);

/** H(prefix || bytes). ORDER: a {@link Sha256} has read its input when it returns, so the buffer is free again. */
function hashBehind(sha256: Sha256, prefix: Uint8Array, bytes: Uint8Array): Uint8Array {
  const length = prefix.length + bytes.length;
  if (length > scratch.length) return sha256(concatBytes(prefix, bytes));
  scratch.set(prefix);
  scratch.set(bytes, prefix.length);
  return sha256(scratch.subarray(0, length));
}

const sealedPrefixes = {
  content: utf8("narrowgate/sealed/v1\ncontent\n"),
  proof: utf8("narrowgate/sealed/v1\nproof\n"),
} as const;

/**
 * Commitment to a `proof` or `content` part, from its canonical form (E-7).
 * @param bytes - canonical JSON of the opening, which holds its `salt`
 */
export function sealedBytesCommitment(
  sha256: Sha256,
  part: "proof" | "content",
  bytes: Uint8Array,
): Sha256Text {
  return toSha256Text(hashBehind(sha256, sealedPrefixes[part], bytes));
}

/**
 * Commitment to a `proof` or `content` part (E-7).
 * @param opening - holds its `salt`
 */
export function sealedCommitment(sha256: Sha256, part: "proof" | "content", opening: JsonObject): Sha256Text {
  return sealedBytesCommitment(sha256, part, canonicalBytes(opening));
}

function provenanceText(from: Provenance): string {
  switch (from.by) {
    case "gate":
      return '{"by":"gate"}';
    case "derived":
      return `{"by":"derived","entry":${canonicalJson(from.entry)}}`;
    case "signed":
      return `{"by":"signed","part":${canonicalJson(from.part)}}`;
  }
}

/** Canonical text of one item of an `inputs` opening. */
export function inputItemText(item: InputItem): string {
  if ("commitment" in item) return `{"commitment":"${item.commitment}"}`;
  const { from, path, salt, value } = item;
  return `{"from":${provenanceText(from)},"path":${canonicalJson(path)},"salt":"${salt}","value":${canonicalJson(value)}}`;
}

/** Commitment to one salted input (E-8). */
export function inputCommitment(sha256: Sha256, input: InputOpening): Sha256Text {
  return toSha256Text(hashBehind(sha256, inputPrefix, utf8(inputItemText(input))));
}

/**
 * Commitment to all inputs, in the order given; an undisclosed one counts by its own commitment (E-8).
 * @param bytes - canonical forms of the items, when they are known already: then only undisclosed items are looked at
 */
export function inputsCommitment(
  sha256: Sha256,
  items: readonly (InputItem | undefined)[],
  bytes: readonly Uint8Array[] = items.map((item) => utf8(item === undefined ? "" : inputItemText(item))),
): Sha256Text {
  const parts = items.map((item, i) =>
    item !== undefined && "commitment" in item
      ? fromBase64url(item.commitment)
      : hashBehind(sha256, inputPrefix, bytes[i] ?? new Uint8Array(0)),
  );
  return toSha256Text(sha256(concatBytes(inputsPrefix, ...parts)));
}

/** Hides all inputs but those `keep` chooses: what is handed out still opens the same commitment (E-8). */
export function discloseInputs(
  sha256: Sha256,
  items: readonly InputItem[],
  keep: (input: InputOpening) => boolean,
): readonly InputItem[] {
  return items.map((item) =>
    "commitment" in item || keep(item) ? item : { commitment: inputCommitment(sha256, item) },
  );
}

/** Sorts inputs into the order the commitment asks for. */
export function sortInputs<T extends { readonly path: string }>(inputs: readonly T[]): readonly T[] {
  return inputs.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Commitment to bytes that crossed the gate: H(salt || bytes), the `digest` of a dispatch or outcome. */
export function bytesCommitment(sha256: Sha256, salt: string, bytes: Uint8Array): Sha256Text {
  return toSha256Text(sha256(concatBytes(fromBase64url(salt), bytes)));
}

/** Commitment to the platform's own name for an instance, kept in an attestation. */
export function platformInstanceCommitment(sha256: Sha256, salt: string, id: string): Sha256Text {
  return toSha256Text(sha256(canonicalBytes({ id, salt })));
}
