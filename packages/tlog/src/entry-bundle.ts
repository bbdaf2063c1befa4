import { concatBytes, invariant } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";
import { tileWidth } from "./tiles.ts";

/** Largest leaf a bundle can hold, in bytes. */
export const maxLeafLength = 0xffff;

/**
 * Writes 1 to 256 leaves as an entry bundle: each behind its length in two big-endian bytes.
 * @throws NarrowgateError `internal_error` on another number of leaves, or a leaf of more than 65,535 bytes
 * @see C2SP tlog-tiles, Log entries
 */
export function encodeEntryBundle(leaves: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  invariant(leaves.length >= 1 && leaves.length <= tileWidth, "a bundle has 1 to 256 leaves");
  const parts: Uint8Array[] = [];
  for (const leaf of leaves) {
    invariant(leaf.length <= maxLeafLength, "a leaf has at most 65,535 bytes");
    parts.push(Uint8Array.of(leaf.length >> 8, leaf.length & 0xff), leaf);
  }
  return concatBytes(...parts);
}

/**
 * Reads an entry bundle; accepts exactly what {@link encodeEntryBundle} writes. The leaves are views into `bytes`.
 * Trust: `bytes` may be attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 */
export function decodeEntryBundle(bytes: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 > bytes.length) refuse("entry bundle is cut short");
    const start = at + 2;
    at = start + view.getUint16(at);
    if (at > bytes.length) refuse("entry bundle is cut short");
    leaves.push(bytes.subarray(start, at));
    if (leaves.length > tileWidth) refuse("entry bundle has more than 256 leaves");
  }
  if (leaves.length === 0) refuse("entry bundle is empty");
  return leaves;
}
