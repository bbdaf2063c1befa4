import { fromBase64url } from "@narrowgate/kernel";

/**
 * Draws one leaf in so many by its id, so that whoever evaluates again draws the same ones.
 * @param id - leaf id: 16 random bytes as base64url
 * @param oneIn - a power of two up to 65,536; 1 draws all
 */
export function isDrawn(id: string, oneIn: number): boolean {
  if (oneIn === 1) return true;
  const [a = 0, b = 0] = fromBase64url(id);
  return ((a << 8) | b) % oneIn === 0;
}

/** What zero failures among so many support at 95 %: about 3/n. */
export function missBound(n: number): number {
  return n === 0 ? 1 : Math.min(1, 3 / n);
}
