import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { StoreDriver } from "./store-driver.ts";

const program = fileURLToPath(new URL("./sync-child.ts", import.meta.url));
const run = promisify(execFile);

/**
 * Counts the sync calls that `commits` further commits make, exactly, by tracing a child with `strace`.
 * Opening and closing cancel out: the count is the difference between two children.
 * @param location - of an existing store that nobody holds
 * @returns undefined when there is no `strace` here or it may not trace
 */
export async function countSyncCalls(
  driver: StoreDriver,
  location: string,
  commits: number,
): Promise<number | undefined> {
  const few = await tracedSyncs(driver, location, 1);
  const many = await tracedSyncs(driver, location, 1 + commits);
  // The child's own scratch writes sync once per commit as well.
  return few === undefined || many === undefined ? undefined : many - few - commits;
}

async function tracedSyncs(
  driver: StoreDriver,
  location: string,
  commits: number,
): Promise<number | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "narrowgate-strace-"));
  const log = join(directory, "log");
  try {
    const trace = ["-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range", "-o", log];
    await run("strace", [...trace, process.execPath, ...childArguments(driver, location, commits)]);
    return readFileSync(log, "utf8").match(/(?:fsync|fdatasync)\(.*= 0$/gm)?.length ?? 0;
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** How often a child's thread waited in the kernel during commits, and during bare writes without and with a sync. */
export interface CommitWaits {
  readonly commit: number;
  readonly write: number;
  readonly sync: number;
}

/**
 * Counts the waits of a child's thread, which needs no tool: a sync that reaches a device makes its thread wait.
 * @param location - path of an existing store that nobody holds
 * @returns undefined when waits say nothing here: the kernel does not count them, or its syncs do not wait (a file
 *   system in memory)
 */
export async function countCommitWaits(
  driver: StoreDriver,
  location: string,
  commits: number,
): Promise<CommitWaits | undefined> {
  if (!existsSync("/proc/self/task")) return undefined;
  const { stdout } = await run(process.execPath, childArguments(driver, location, commits));
  const waits: CommitWaits = JSON.parse(stdout);
  // The bare writes tell whether waits and syncs go together on this disk at all.
  return waits.sync >= commits * 0.9 && waits.write <= commits * 0.5 ? waits : undefined;
}

function childArguments(driver: StoreDriver, location: string, commits: number): string[] {
  const child = [program, driver.moduleUrl, driver.openName, location, String(commits)];
  return ["--conditions=@narrowgate/source", ...child];
}
