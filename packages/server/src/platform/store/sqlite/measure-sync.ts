import { randomBytes } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

const SYNCS = 9;
/** About what a commit of one entry writes. */
const BYTES = 24_576;

/**
 * How long a sync of a small write takes in a directory: the median of a few, in milliseconds.
 * Leaves nothing behind, also when the process is killed within it, but for the moment between two system calls.
 * @throws what the file system throws
 */
export function measureSyncMs(directory: string): number {
  const path = join(directory, `.sync-${randomBytes(6).toString("hex")}`);
  const descriptor = openSync(path, "wx", 0o600);
  try {
    unlinkSync(path);
    const bytes = new Uint8Array(BYTES);
    const times = Array.from({ length: SYNCS }, () => {
      writeSync(descriptor, bytes);
      const started = performance.now();
      fdatasyncSync(descriptor);
      return performance.now() - started;
    });
    return times.sort((a, b) => a - b)[(SYNCS - 1) / 2] ?? 0;
  } finally {
    closeSync(descriptor);
  }
}
