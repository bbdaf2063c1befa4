import {
  canonicalBytes,
  concatBytes,
  fromBase64url,
  type JsonObject,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import type { InputAttribute } from "./draft.ts";
import type { InputItem, InputOpening } from "./openings.ts";

const inputPrefix = utf8("narrowgate/input/v1\n");
const inputsPrefix = utf8("narrowgate/inputs/v1\n");

/**
 * Commitment to a `proof` or `content` part (E-7).
 * @param opening - holds its `salt`
 */
export function sealedCommitment(sha256: Sha256, part: "proof" | "content", opening: JsonObject): Sha256Text {
  return toSha256Text(sha256(concatBytes(utf8(`narrowgate/sealed/v1\n${part}\n`), canonicalBytes(opening))));
}

/** Commitment to one salted input (E-8). */
export function inputCommitment(
  sha256: Sha256,
  input: InputAttribute & { readonly salt: string },
): Sha256Text {
  const attribute = { from: { ...input.from }, path: input.path, salt: input.salt, value: input.value };
  return toSha256Text(sha256(concatBytes(inputPrefix, canonicalBytes(attribute))));
}

/** Commitment to all inputs, in the order given; an undisclosed one counts by its own commitment (E-8). */
export function inputsCommitment(sha256: Sha256, items: readonly InputItem[]): Sha256Text {
  const parts = items.map((item) =>
    fromBase64url("commitment" in item ? item.commitment : inputCommitment(sha256, item)),
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
