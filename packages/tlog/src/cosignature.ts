import { concatBytes, invariant, utf8 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";

/** A timestamped Ed25519 signature, as it stands in a note behind the key id. */
export interface Cosignature {
  /** Unix time in seconds; witnesses never use 0. */
  readonly time: number;
  /** 64 bytes of Ed25519. */
  readonly signature: Uint8Array;
}

const blobLength = 72;

/**
 * The message a cosigner signs: header, time, and the whole text of the checkpoint note.
 * @param time - Unix time in seconds
 * @throws NarrowgateError `internal_error` when `time` is not a whole number from 0 to 2^53-1
 * @see C2SP tlog-cosignature, Ed25519 signed message
 */
export function cosignatureMessage(time: number, noteText: string): Uint8Array<ArrayBuffer> {
  invariant(Number.isSafeInteger(time) && time >= 0, "a cosignature has a time in whole seconds");
  return utf8(`cosignature/v1\ntime ${time}\n${noteText}`);
}

/**
 * Writes a cosignature as 72 bytes: the time in eight big-endian bytes, then the signature.
 * @throws NarrowgateError `internal_error` when time or signature are out of range
 */
export function encodeCosignature({ time, signature }: Cosignature): Uint8Array<ArrayBuffer> {
  invariant(Number.isSafeInteger(time) && time >= 0, "a cosignature has a time in whole seconds");
  invariant(signature.length === 64, "an Ed25519 signature has 64 bytes");
  const stamp = new Uint8Array(8);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
  return concatBytes(stamp, signature);
}

/**
 * Reads the 72 bytes of a cosignature.
 * Trust: `blob` may be attacker-controlled.
 * @throws NarrowgateError `malformed_input` on another length or a time beyond 2^53-1
 */
export function decodeCosignature(blob: Uint8Array): Cosignature {
  if (blob.length !== blobLength) refuse("cosignature does not have 72 bytes");
  const time = new DataView(blob.buffer, blob.byteOffset).getBigUint64(0);
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) refuse("cosignature has an impossible time");
  return { time: Number(time), signature: blob.slice(8) };
}
