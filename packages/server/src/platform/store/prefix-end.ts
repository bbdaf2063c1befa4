/**
 * The least text above every text that begins with `prefix`, in the order of UTF-8 bytes.
 * @param prefix - well-formed text
 * @returns null when there is no such text (an empty prefix, or nothing but U+10FFFF)
 */
export function prefixEnd(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last < 0x10ffff) return String.fromCodePoint(...points, nextScalar(last));
  }
  return null;
}

/** The code points between U+D7FF and U+E000 are surrogates, which no text holds alone. */
function nextScalar(point: number): number {
  return point === 0xd7ff ? 0xe000 : point + 1;
}
