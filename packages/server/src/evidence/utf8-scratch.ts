/** Nearly every opening fits; a longer one gets a buffer of its own. */
const SCRATCH_BYTES = 64 * 1024;
/** Most bytes of UTF-8 that one UTF-16 code unit comes to. */
const MOST_BYTES_PER_UNIT = 3;

const scratch = Buffer.alloc(SCRATCH_BYTES);

/** Text as UTF-8, and the same behind a prefix. */
export interface EncodedText {
  readonly text: Buffer;
  readonly prefixed: Buffer;
}

/**
 * Encodes `text` once, for hashing it behind a prefix and for encrypting it.
 * ORDER: both buffers are good until the next call; whoever keeps bytes copies them.
 * @param text - well formed (canonical JSON always is)
 */
export function encodeBehind(prefix: Uint8Array, text: string): EncodedText {
  const start = prefix.length;
  const fits = start + text.length * MOST_BYTES_PER_UNIT <= SCRATCH_BYTES;
  const room = fits ? scratch : Buffer.allocUnsafeSlow(start + Buffer.byteLength(text, "utf8"));
  room.set(prefix);
  const end = start + room.write(text, start, "utf8");
  return { text: room.subarray(start, end), prefixed: room.subarray(0, end) };
}
