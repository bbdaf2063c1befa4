// Sizes go up to 2^53-1, so no bit operators here: they would cut to 32 bits.

/** Tells whether `n` can be a tree size or an index: a whole number from 0 to 2^53-1. */
export function isTreeSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** `n` without its lowest bit, moved one place down. */
export function half(n: number): number {
  return Math.floor(n / 2);
}

/** Number of one bits in `n`, which is the number of complete subtrees in a tree of that size. */
export function countOnes(n: number): number {
  let ones = 0;
  for (let rest = n; rest > 0; rest = half(rest)) ones += rest % 2;
  return ones;
}

/** Largest power of two below `n`; `n` must be at least 2. It splits a tree of `n` leaves (RFC 6962 section 2.1). */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The level of a complete subtree of `n` leaves, or undefined when `n` is no power of two. */
export function levelOf(n: number): number | undefined {
  let level = 0;
  let rest = n;
  while (rest > 1 && rest % 2 === 0) {
    rest /= 2;
    level++;
  }
  return rest === 1 ? level : undefined;
}

/**
 * Reads a decimal without sign or leading zeros, up to 2^53-1.
 * TRUST: `text` may be attacker-controlled.
 */
export function parseDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const n = Number(text);
  return Number.isSafeInteger(n) ? n : undefined;
}
