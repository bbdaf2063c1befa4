import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A built console in a directory of its own. */
export interface BuiltConsole {
  readonly directory: string;
  remove(): Promise<void>;
}

const vite = fileURLToPath(new URL("bin/vite.js", import.meta.resolve("vite/package.json")));
const workspace = fileURLToPath(new URL("..", import.meta.url));

/** Builds the console as it is now and as it ships: in a process of its own, away from the settings of a test run. */
export async function buildConsole(): Promise<BuiltConsole> {
  const directory = await mkdtemp(join(tmpdir(), "narrowgate-console-"));
  const words = [vite, "build", "--outDir", directory, "--emptyOutDir", "--logLevel", "error"];
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, words, { cwd: workspace, env, timeout: 60_000 });
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
