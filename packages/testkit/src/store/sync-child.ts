/**
 * Program: opens a store, commits, closes, and prints as JSON how often this thread had to wait in the kernel,
 * by commit, by a bare write, and by a bare write with a sync in the same directory.
 * Arguments: address of the driver's module, name of its open function, location of the store, number of commits.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import type { Store } from "@narrowgate/server/store";
import { sampleBatch } from "./sample-batch.ts";

const [moduleUrl = "", openName = "", location = "", commits = "0"] = process.argv.slice(2);
const times = Number(commits);
const driver: Record<string, (location: string) => Promise<Store>> = await import(moduleUrl);
const store = await driver[openName]?.(location);
if (store !== undefined) {
  const { size } = await store.tree();
  const batch = sampleBatch(size, 0);
  await store.commit(batch);
  const before = waits();
  for (let done = 0; done < times; done++) await store.commit(batch);
  const committing = waits() - before;
  await store.close();
  const report = { commit: committing, write: waitsOfWrites(false), sync: waitsOfWrites(true) };
  writeSync(1, JSON.stringify(report));
}

function waitsOfWrites(synced: boolean): number {
  const path = `${location}.scratch`;
  const descriptor = openSync(path, "a", 0o600);
  const bytes = new Uint8Array(4096);
  const before = waits();
  for (let done = 0; done < times; done++) {
    writeSync(descriptor, bytes);
    if (synced) fdatasyncSync(descriptor);
  }
  const counted = waits() - before;
  closeSync(descriptor);
  rmSync(path);
  return counted;
}

/** How often the main thread gave up the processor to wait; a sync that reaches a device does so at least once. */
function waits(): number {
  const status = readFileSync(`/proc/self/task/${process.pid}/status`, "utf8");
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1] ?? "0");
}
