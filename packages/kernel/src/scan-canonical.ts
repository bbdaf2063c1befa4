// LONG: one scanner, whose methods follow the grammar of JSON.

import { fromUtf8 } from "./bytes.ts";
import { NarrowgateError } from "./errors.ts";

/** Where a value stands in the bytes, and where its members or items do, as deep as was asked for. */
export interface JsonSpan {
  readonly start: number;
  /** Index just behind the value. */
  readonly end: number;
  /** Values of the members or items in order; absent below the depth asked for and for scalars. */
  readonly items?: readonly JsonSpan[];
}

/** Bounds of {@link scanCanonicalJson}. */
export interface CanonicalScanLimits {
  /** Nested objects and arrays. */
  readonly maxDepth: number;
  /** Down to which depth spans are kept; the whole document has depth 0. */
  readonly spanDepth: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

// ASCII that stands in a string as it is: one look-up per byte, for strings are most of a document.
const plainBytes = new Uint8Array(256);
plainBytes.fill(1, 0x20, 0x80);
plainBytes[quote] = 0;
plainBytes[backslash] = 0;

// What canonical JSON escapes by a letter; every other control character is \u00 and two digits in lower case.
const shortEscapes: ReadonlySet<number> = new Set([...'bfnrt"\\'].map((letter) => letter.charCodeAt(0)));
const hexEscape = /^u00(?:0[0-7bef]|1[0-9a-f])$/;

function refuse(at: number, what: string): never {
  throw new NarrowgateError("malformed_json", `not canonical JSON at byte ${at}: ${what}`);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

/** An object key: its bytes without quotes, and whether they compare as its UTF-16 code units do. */
interface Key {
  readonly start: number;
  readonly end: number;
  readonly isPlain: boolean;
}

class CanonicalScanner {
  readonly #bytes: Uint8Array;
  readonly #limits: CanonicalScanLimits;
  #at = 0;
  // Of the string read last: whether it holds nothing but ASCII without escapes.
  #wasPlain = true;

  constructor(bytes: Uint8Array, limits: CanonicalScanLimits) {
    this.#bytes = bytes;

    this.#limits = limits;
  }

  value(depth: number): JsonSpan | undefined {
    const start = this.#at;
    switch (this.#bytes[start]) {
      case 0x7b:
        return this.#container(depth, true);
      case 0x5b:
        return this.#container(depth, false);
      case quote:
        this.#string();
        break;
      case 0x74:
        this.#word("true");
        break;
      case 0x66:
        this.#word("false");
        break;
      case 0x6e:
        this.#word("null");
        break;
      default:
        this.#number();
    }
    return depth <= this.#limits.spanDepth ? { start, end: this.#at } : undefined;
  }

  #container(depth: number, isObject: boolean): JsonSpan | undefined {
    if (depth >= this.#limits.maxDepth) refuse(this.#at, `nested deeper than ${this.#limits.maxDepth}`);
    const start = this.#at++;
    const close = isObject ? 0x7d : 0x5d;
    const items: JsonSpan[] = [];
    if (this.#bytes[this.#at] === close) this.#at++;
    else this.#members(depth, close, items);
    if (depth > this.#limits.spanDepth) return undefined;
    return { start, end: this.#at, ...(depth < this.#limits.spanDepth ? { items } : {}) };
  }

  #members(depth: number, close: number, items: JsonSpan[]): void {
    const isObject = close === 0x7d;
    let before: Key | undefined;
    for (;;) {
      if (isObject) before = this.#key(before);
      const item = this.value(depth + 1);
      if (item !== undefined) items.push(item);
      const next = this.#bytes[this.#at++];
      if (next === close) return;
      if (next !== comma) refuse(this.#at - 1, "a comma or the end of a list was expected");
    }
  }

  /** INVARIANT: keys rise strictly, so none is there twice. */
  #key(before: Key | undefined): Key {
    const start = this.#at + 1;
    this.#string();
    const key = { start, end: this.#at - 1, isPlain: this.#wasPlain };
    if (before !== undefined && !this.#isBelow(before, key))
      refuse(start, "keys are not sorted, or one stands twice");
    if (this.#bytes[this.#at++] !== colon) refuse(this.#at - 1, "a colon was expected");
    return key;
  }

  #isBelow(a: Key, b: Key): boolean {
    if (!a.isPlain || !b.isPlain) return this.#text(a) < this.#text(b);
    const length = Math.min(a.end - a.start, b.end - b.start);
    for (let i = 0; i < length; i++) {
      const left = this.#bytes[a.start + i] ?? 0;
      const right = this.#bytes[b.start + i] ?? 0;
      if (left !== right) return left < right;
    }
    return a.end - a.start < b.end - b.start;
  }

  #text({ start, end }: Key): string {
    const text: string = JSON.parse(fromUtf8(this.#bytes.subarray(start - 1, end + 1)));
    return text;
  }

  #string(): void {
    if (this.#bytes[this.#at] !== quote) refuse(this.#at, "a string was expected");
    const bytes = this.#bytes;
    let at = this.#at + 1;
    let isPlain = true;
    for (;;) {
      while (plainBytes[bytes[at] ?? 0] === 1) at++;
      if (bytes[at] === quote) break;
      isPlain = false;
      at += this.#otherLength(at);
    }
    this.#at = at + 1;
    this.#wasPlain = isPlain;
  }

  /** Bytes of what stands in a string and is neither its end nor plain ASCII. */
  #otherLength(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) refuse(at, "a string does not end");
    if (byte < 0x20) refuse(at, "a control character is not escaped");
    return byte === backslash ? 1 + this.#escapeLength(at + 1) : 1;
  }

  #escapeLength(at: number): number {
    if (shortEscapes.has(this.#bytes[at] ?? 0)) return 1;
    const spelling = String.fromCharCode(...this.#bytes.subarray(at, at + 5));
    return hexEscape.test(spelling) ? 5 : refuse(at, "an escape that is not needed, or spelt otherwise");
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#at++] !== word.charCodeAt(i)) refuse(this.#at - 1, "an unknown word");
    }
  }

  #number(): void {
    const start = this.#at;
    let at = start;
    if (this.#bytes[at] === minus) at++;
    const first = at;
    while (isDigit(this.#bytes[at])) at++;
    const isShort = at > first && at - first <= 15;
    const isWhole = !this.#isNumberPart(this.#bytes[at]);
    // A whole number of at most 15 digits is canonical unless it has a leading zero (-0 is written 0).
    if (isShort && isWhole && (this.#bytes[first] !== zero || at - start === 1)) {
      this.#at = at;
      return;
    }
    while (this.#isNumberPart(this.#bytes[at])) at++;
    this.#at = at;
    this.#checkNumber(start, String.fromCharCode(...this.#bytes.subarray(start, Math.min(at, start + 32))));
    if (at - start > 32) refuse(start, "a number is spelt otherwise");
  }

  #isNumberPart(byte: number | undefined): boolean {
    // . + - E e
    return (
      isDigit(byte) || byte === 0x2e || byte === 0x2b || byte === minus || byte === 0x45 || byte === 0x65
    );
  }

  #checkNumber(start: number, text: string): void {
    const value = Number(text);
    if (!Number.isFinite(value) || String(value) !== text) refuse(start, "a number is spelt otherwise");
    const magnitude = Math.abs(value);
    if (magnitude > Number.MAX_SAFE_INTEGER && magnitude < 1e21) refuse(start, "an integer beyond 2^53-1");
  }

  end(): number {
    return this.#at;
  }
}

/**
 * Checks in one pass that `bytes` hold exactly one value in the form `canonicalJson` writes, without
 * building or writing anything. What passes is also strict JSON, so that `JSON.parse` reads it in the only way there is.
 * Trust: `bytes` are attacker-controlled, but valid UTF-8: decode them first.
 * @returns where its parts stand
 * @throws NarrowgateError `malformed_json`, which names the byte
 * @see RFC 8785, RFC 7493
 */
export function scanCanonicalJson(bytes: Uint8Array, limits: CanonicalScanLimits): JsonSpan {
  const scanner = new CanonicalScanner(bytes, limits);
  const span = scanner.value(0);
  if (scanner.end() !== bytes.length) refuse(scanner.end(), "something stands behind the value");
  return span ?? { start: 0, end: scanner.end() };
}
