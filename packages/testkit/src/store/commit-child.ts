/**
 * Program: opens a store and commits until it is killed, printing the size of the log after each commit.
 * Arguments: address of the driver's module, name of its open function, location of the store.
 */
import { writeSync } from "node:fs";
import type { Store } from "@narrowgate/server/store";
import { sampleBatch } from "./sample-batch.ts";

const [moduleUrl = "", openName = "", location = ""] = process.argv.slice(2);
const driver: Record<string, (location: string) => Promise<Store>> = await import(moduleUrl);
const store = await driver[openName]?.(location);
if (store !== undefined) {
  let { size } = await store.tree();
  writeSync(1, `${size}\n`);
  for (;;) {
    const count = 1 + (size % 7);
    await store.commit(sampleBatch(size, count));
    size += count;
    // ORDER: after the commit, so that the parent never hears of a size that is not durable.
    writeSync(1, `${size}\n`);
  }
}
