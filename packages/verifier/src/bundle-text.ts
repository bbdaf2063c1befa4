import { fromUtf8, type JsonSpan } from "@narrowgate/kernel";

/** The bytes of a bundle file and their text, to be cut at the spans a scan has found. */
export class BundleText {
  readonly bytes: Uint8Array;
  readonly #text: string;

  /** @throws NarrowgateError `malformed_bytes` when they are not UTF-8 */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#text = fromUtf8(bytes);
  }

  /** The text from one byte to before another; both are those of characters. */
  text(start: number, end: number): string {
    // Where every character is one byte, the text need not be decoded again.
    return this.#text.length === this.bytes.length
      ? this.#text.slice(start, end)
      : fromUtf8(this.bytes.subarray(start, end));
  }

  cut({ start, end }: JsonSpan): Uint8Array {
    return this.bytes.subarray(start, end);
  }

  /** TRUST: a scan has passed the span as canonical JSON, which has one reading. */
  json({ start, end }: JsonSpan): unknown {
    return JSON.parse(this.text(start, end));
  }
}
