import { expect } from "vitest";

/** Asks again until what is asked for holds, for longer than a loaded machine needs. */
export function eventually<T>(ask: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(ask, { timeout: 15_000, interval: 10 });
}
