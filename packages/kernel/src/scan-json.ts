/** What one pass over a valid JSON text found. */
export interface JsonScan {
  /** Object members as written, duplicates included. */
  readonly members: number;
  /** Whether a `\u` escape occurs in a string. */
  readonly hasUnicodeEscape: boolean;
  /** The first reason to refuse the text, if there is one. */
  readonly fault?: string;
}

// What a character begins when it stands outside a string; everything else (white space, commas, literals) is 0.
const stringKind = 1;
const numberKind = 2;
const colonKind = 3;
const openKind = 4;
const closeKind = 5;

const kinds = new Uint8Array(128);
for (const [characters, kind] of [
  ['"', stringKind],
  ["-0123456789", numberKind],
  [":", colonKind],
  ["{[", openKind],
  ["}]", closeKind],
] as const) {
  for (const character of characters) kinds[character.charCodeAt(0)] = kind;
}

const numberParts = new Uint8Array(128);
for (const character of "0123456789.eE+-") numberParts[character.charCodeAt(0)] = 1;

const backslash = 0x5c;

/** Index just behind the string that opens at `open`. */
function stringEnd(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); ; close = text.indexOf('"', close + 1)) {
    let before = close - 1;
    while (text.charCodeAt(before) === backslash) before--;
    // An even number of backslashes in front means that the quote itself is not escaped.
    if ((close - before) % 2 === 1) return close + 1;
  }
}

/** Index just behind the number that begins at `start`. */
function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (numberParts[text.charCodeAt(end)] === 1) end++;
  return end;
}

/**
 * A number is refused when it overflows, or when it, or the text ECMAScript would write for it, is an integer beyond
 * 2^53-1. From 1e21 on that text has an exponent, so only a number spelt out in digits is then an integer.
 */
function numberFault(token: string): string | undefined {
  // Three characters spell at most 9e9: the usual small number costs no conversion.
  if (token.length <= 3) return undefined;
  const value = Math.abs(Number(token));
  if (value <= Number.MAX_SAFE_INTEGER) return undefined;
  if (value === Number.POSITIVE_INFINITY) return "JSON holds a number that no double can hold";
  const isExponential = value >= 1e21 && /[.eE]/.test(token);
  return isExponential ? undefined : "JSON holds an integer beyond 2^53-1";
}

/**
 * Measures a JSON text in one pass without building anything.
 * TRUST: the content is hostile, but JSON.parse has accepted `text`; on anything else the result means nothing.
 */
export function scanJson(text: string, maxDepth: number): JsonScan {
  const scan: { members: number; hasUnicodeEscape: boolean; fault?: string } = {
    members: 0,
    hasUnicodeEscape: text.includes("\\u"),
  };
  let depth = 0;
  for (let at = 0, end = 0; at < text.length && scan.fault === undefined; at = end) {
    end = at + 1;
    switch (kinds[text.charCodeAt(at)]) {
      case stringKind:
        end = stringEnd(text, at);
        break;
      case numberKind: {
        end = numberEnd(text, at);
        const fault = numberFault(text.slice(at, end));
        if (fault !== undefined) scan.fault = fault;
        break;
      }
      case colonKind:
        scan.members++;
        break;
      case openKind:
        if (++depth > maxDepth) scan.fault = `JSON is nested deeper than ${maxDepth}`;
        break;
      case closeKind:
        depth--;
        break;
    }
  }
  return scan;
}
