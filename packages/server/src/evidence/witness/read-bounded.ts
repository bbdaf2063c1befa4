import type { Readable } from "node:stream";

/**
 * Reads a stream to its end, but never more than `maxBytes`.
 * Trust: the stream is attacker-controlled; its time is the caller's to bound.
 * @returns undefined when there is more; the stream is then destroyed
 */
export async function readBounded(stream: Readable, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
