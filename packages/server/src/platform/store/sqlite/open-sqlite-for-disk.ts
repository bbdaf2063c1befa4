import { dirname } from "node:path";
import type { Store } from "../store.ts";
import { measureSyncMs } from "./measure-sync.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";
import { openThreadedSqliteStore } from "./threaded-sqlite-store.ts";

/** Handing a commit to a thread costs about as much; a disk that syncs within it gains nothing from one. */
const WORTH_A_THREAD_MS = 0.1;

function quietly(measure: (directory: string) => number, directory: string): number {
  try {
    return measure(directory);
  } catch {
    // A missing directory, a full or read-only disk: opening has the right words for it.
    return 0;
  }
}

/**
 * Opens a store in a thread of its own where syncs make a commit wait, and in the caller's thread where they do not.
 * @param measure - milliseconds of a sync in a directory
 * @throws as `openSqliteStore`
 */
export function openSqliteForDisk(
  path: string,
  measure: (directory: string) => number = measureSyncMs,
): Promise<Store> {
  const waits = quietly(measure, dirname(path)) >= WORTH_A_THREAD_MS;
  return waits ? openThreadedSqliteStore(path) : openSqliteStore(path);
}
