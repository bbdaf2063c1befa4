import { fromBase64url } from "@narrowgate/kernel";
import { type Limits, numberLimit } from "./control.ts";
import type { Seen } from "./seen.ts";

/**
 * Draws one leaf in so many by its id, so that whoever evaluates again draws the same ones.
 * @param id - leaf id: 16 random bytes as base64url
 * @param oneIn - a power of two up to 65,536; 1 draws all
 */
export function isDrawn(id: string, oneIn: number): boolean {
  const [a = 0, b = 0] = fromBase64url(id);
  return ((a << 8) | b) % oneIn === 0;
}

/** What zero failures among so many support at 95 %: about 3/n, and nothing where there were none. */
export function missBound(n: number): number {
  return Math.min(1, 3 / n);
}

/** Limits of a sample: all of an agent's first leaves of a day, and of the others one in so many. */
export const SAMPLE: { readonly opened_of_a_day: 2000; readonly then_one_in: 64 } = {
  opened_of_a_day: 2000,
  then_one_in: 64,
};

/** Whether a leaf is among those that are opened. */
export function isSampled({ leaf, known }: Omit<Seen, "open">, limits: Limits): boolean {
  const today = known.today.leaves[leaf.agent?.id ?? "*"] ?? 0;
  return (
    today < numberLimit(limits, "opened_of_a_day") || isDrawn(leaf.id, numberLimit(limits, "then_one_in"))
  );
}

/** Figures of a sample, to be printed: how many were opened, and what no failure among them supports. */
export function sampleFigures(opened: number): { readonly opened: number; readonly miss_bound: number } {
  return { opened, miss_bound: missBound(opened) };
}
