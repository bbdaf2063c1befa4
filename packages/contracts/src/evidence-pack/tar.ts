import { NarrowgateError, utf8 } from "@narrowgate/kernel";

/** Size of a block of the archive. */
export const TAR_BLOCK = 512;

/** Largest file in an evidence pack, in bytes. */
export const MAX_PACKED_FILE: number = 512 * 1024 * 1024;

const field = { name: 100, size: 124, checksum: 148, type: 156 } as const;
const checksumWidth = 8;
const longestName = 99;
const blank = 0x20;

function put(block: Uint8Array, at: number, text: string): void {
  block.set(utf8(text), at);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** Sum of all bytes, those of the checksum counted as blanks. */
function checksumOf(block: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) {
    const isChecksum = at >= field.checksum && at < field.checksum + checksumWidth;
    sum += isChecksum ? blank : byte;
  }
  return sum;
}

/**
 * The one header a file of an evidence pack can have.
 * @param name - 1 to 99 characters of ASCII; @param size - bytes, 0 to {@link MAX_PACKED_FILE}
 * @throws NarrowgateError `malformed_input` for another name or size
 * @see docs/spec/evidence-pack.md K-1
 */
export function tarHeader(name: string, size: number): Uint8Array<ArrayBuffer> {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > longestName)
    throw new NarrowgateError("malformed_input", "this is no name of a file in an evidence pack");
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_PACKED_FILE)
    throw new NarrowgateError("malformed_input", `${name}: no file of an evidence pack is that large`);
  const block = new Uint8Array(TAR_BLOCK);
  put(block, 0, name);
  put(block, field.name, "0000600\x000000000\x000000000\x00");
  put(block, field.size, `${octal(size, 11)}\x0000000000000\x00`);
  put(block, field.type, "0");
  put(block, 257, "ustar\x0000");
  put(block, 329, "0000000\x000000000\x00");
  put(block, field.checksum, `${octal(checksumOf(block), 6)}\x00 `);
  return block;
}

/** NUL bytes behind a file of that size. */
export function tarPadding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
}

/** The end of an archive. */
export function tarEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(2 * TAR_BLOCK);
}

function textAt(block: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...block.subarray(from, to));
}

/**
 * Reads a header; undefined for a block of NUL, with which the end begins.
 * Trust: `block` is attacker-controlled: it must be byte for byte what {@link tarHeader} writes.
 * @throws NarrowgateError `malformed_input`
 */
export function parseTarHeader(
  block: Uint8Array,
): { readonly name: string; readonly size: number } | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const name = textAt(block, 0, field.name).split("\x00", 1)[0] ?? "";
  const size = Number.parseInt(textAt(block, field.size, field.size + 11), 8);
  const written = tarHeader(name, size);
  if (!written.every((byte, at) => byte === block[at]))
    throw new NarrowgateError("malformed_input", "a header of the archive has another form");
  return { name, size };
}
