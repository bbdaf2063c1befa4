import { type InputAttribute, inputItemText } from "@narrowgate/contracts";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { draftRefused } from "./errors.ts";
import { randomText16 } from "./random-pool.ts";
import type { CommittedOpening } from "./sealed-part.ts";
import { encodeBehind } from "./utf8-scratch.ts";

/** A salted attribute: its canonical text and the commitment to it. */
interface SaltedAttribute {
  readonly path: string;
  readonly text: string;
  readonly commitment: Buffer;
}

const PREFIX = "narrowgate/input/v1\n";
const PART_PREFIX = Buffer.from("narrowgate/inputs/v1\n", "utf8");
const DIGEST_BYTES = 32;
const NO_PREFIX = new Uint8Array(0);

/** Salted once by {@link stableAttributes}; keyed by the very object, so a copy is simply salted anew. */
const stable = new WeakMap<InputAttribute, SaltedAttribute>();

function salt({ from, path, value }: InputAttribute): SaltedAttribute {
  const text = inputItemText({ from, path, salt: randomText16(), value });
  return { path, text, commitment: Buffer.from(sha256Base64url(PREFIX + text), "base64url") };
}

/**
 * Salts and commits to attributes that many decisions share (a tool's data class, an agent's tier), once.
 * Reusing the salt is sound because attribute commitments never stand in a public leaf; it shows equality only to
 * somebody to whom two decisions are disclosed attribute by attribute. TRUST: never for a person's data, whose
 * erasure in one transaction must not leave the salted value in another.
 * @returns the same attributes as frozen objects; pass those very objects to `record`
 * @see docs/spec/evidence.md E-8
 */
export function stableAttributes(list: readonly InputAttribute[]): readonly InputAttribute[] {
  return list.map((attribute) => {
    const kept = Object.freeze({ ...attribute });
    stable.set(kept, salt(kept));
    return kept;
  });
}

/** Sorts by path in UTF-16 order; decisions come nearly sorted, so check before sorting. */
function sortByPath(attributes: SaltedAttribute[]): void {
  for (let i = 1; i < attributes.length; i++) {
    if ((attributes[i - 1]?.path ?? "") >= (attributes[i]?.path ?? "")) {
      attributes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
      break;
    }
  }
  for (let i = 1; i < attributes.length; i++) {
    if (attributes[i - 1]?.path === attributes[i]?.path) throw draftRefused("two inputs have one path");
  }
}

/**
 * Commits to the inputs of a decision.
 * @throws `internal_error` when a path stands twice
 * @see docs/spec/evidence.md E-8
 */
export function commitInputs(inputs: readonly InputAttribute[]): CommittedOpening {
  const attributes = inputs.map((attribute) => stable.get(attribute) ?? salt(attribute));
  sortByPath(attributes);
  const digests = Buffer.allocUnsafe(PART_PREFIX.length + attributes.length * DIGEST_BYTES);
  PART_PREFIX.copy(digests);
  let at = PART_PREFIX.length;
  let opening = "";
  for (const { text, commitment } of attributes) {
    commitment.copy(digests, at);
    at += DIGEST_BYTES;
    opening += opening === "" ? text : `,${text}`;
  }
  const { text: encoded } = encodeBehind(NO_PREFIX, `[${opening}]`);
  return { opening: encoded, commitment: sha256Base64url(digests) };
}
