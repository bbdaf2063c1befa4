/** When everything in the samples happened, Unix milliseconds. */
export const atMs: number = Date.now() - 3_600_000;

/** Digests that are none of anything. */
export const digest: string = "A".repeat(43);
export const other: string = `${"B".repeat(42)}A`;

/** An id that says what it is of. */
export function id(name: string): string {
  return name.padEnd(22, "A").slice(0, 22);
}
