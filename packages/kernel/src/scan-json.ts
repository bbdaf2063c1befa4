/** What one pass over a valid JSON text found. */
export interface JsonScan {
  /** Object members as written, duplicates included. */
  readonly members: number;
  /** Whether a `\u` escape occurs in a string. */
  readonly hasUnicodeEscape: boolean;
  /** The first reason to refuse the text, if there is one. */
  readonly fault?: string;
}

const quote = 0x22;
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

function isNumberPart(code: number): boolean {
  // digits, and + - . E e
  return (
    (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x65 || code === 0x2d || code === 0x2b || code === 0x45
  );
}

/** Index just behind the number that begins at `start`. */
function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isNumberPart(text.charCodeAt(end))) end++;
  return end;
}

/**
 * A number is refused when it overflows, or when it, or the text ECMAScript would write for it, is an integer beyond
 * 2^53-1. From 1e21 on that text has an exponent, so only a number spelt out in digits is then an integer.
 */
function numberFault(token: string): string | undefined {
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
  const hasUnicodeEscape = text.includes("\\u");
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
    } else if ((code >= 0x30 && code <= 0x39) || code === 0x2d) {
      const end = numberEnd(text, at);
      // Up to four characters spell nothing beyond 9999 but with an exponent of one digit: far below the limit.
      const fault = end - at > 4 ? numberFault(text.slice(at, end)) : undefined;
      if (fault !== undefined) return { members, hasUnicodeEscape, fault };
      at = end;
    } else {
      if (code === 0x3a) members++;
      else if (code === 0x7b || code === 0x5b) depth++;
      else if (code === 0x7d || code === 0x5d) depth--;
      if (depth > maxDepth) return { members, hasUnicodeEscape, fault: `JSON is nested deeper than ${maxDepth}` };
      at++;
    }
  }
  return { members, hasUnicodeEscape };
}
