import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * A step of the clock for one process: what is loaded before the program has its clock stand ahead. It is the machine's
 * clock as that process sees it, and nothing else of it changes.
 * @param folder - of the sandbox. @param aheadMs - milliseconds
 * @returns what a shell sets before it starts the program
 */
export async function setAhead(folder: string, aheadMs: number): Promise<string> {
  const file = join(folder, "clock.mjs");
  await writeFile(file, `const now = Date.now;\nDate.now = () => now() + ${aheadMs};\n`, { mode: 0o600 });
  return `export NODE_OPTIONS='--import=${pathToFileURL(file).href}'`;
}
