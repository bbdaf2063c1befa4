import {
  inputsCommitment,
  type LeafType,
  parseInputsOpening,
  parseSealedOpening,
  type SealedPart,
  sealedCommitment,
} from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";

const MAX_PART_BYTES = 32 * 1024 * 1024;

/**
 * Commitment to an opened part, to be held against the one that the leaf has.
 * @param text - what was decrypted. @throws `malformed_input`
 * @see docs/spec/evidence.md E-7
 */
export function partCommitment(type: LeafType, part: SealedPart, text: string): string {
  const value = parseStrictJson(text, { maxBytes: MAX_PART_BYTES });
  return part === "inputs"
    ? inputsCommitment(nodeSha256, parseInputsOpening(value))
    : sealedCommitment(nodeSha256, part, parseSealedOpening(type, part, value));
}
