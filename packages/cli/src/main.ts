import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { compileCacheDirectory } from "./places/cache-directory.ts";

// ORDER: before anything else is loaded. Reading our sources takes most of the time of a short command.
const cache = compileCacheDirectory(process.env);
try {
  // TRUST: compiled code is run as it is found, so it lies where only this user can write; never in a shared folder.
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  enableCompileCache(cache);
} catch {
  // A home that cannot be written to costs time, and nothing else.
}

const { runCli } = await import("./run-cli.ts");
process.exitCode = await runCli(process.argv.slice(2));
