import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runChild } from "../scenarios/harness/run-child.ts";

const { resolve } = createRequire(import.meta.url);
const SUITE: string = join(resolve("@modelcontextprotocol/conformance/package.json"), "..", "dist/index.js");
const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** Status of each check, by scenario and check. `INFO` is a note of the suite and no verdict. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Words that run every server scenario of one revision; the address comes last. */
export function suiteWords(output: string): readonly string[] {
  const version = ["--spec-version", "2025-11-25"];
  return [process.execPath, SUITE, "server", "--suite", "all", ...version, "-o", output, "--url"];
}

/** From bad to good: of several results of one check the worst counts. */
const STATUSES = ["FAILURE", "WARNING", "SUCCESS", "INFO"];

async function readChecks(file: string): Promise<ReadonlyMap<string, string>> {
  const checks: readonly { readonly id: string; readonly status: string }[] = JSON.parse(
    await readFile(file, "utf8"),
  );
  const rank = ({ status }: { readonly status: string }): number => STATUSES.indexOf(status);
  const fromGood = checks.toSorted((one, two) => rank(two) - rank(one));
  return new Map(fromGood.map(({ id, status }) => [id, status]));
}

/** Runs the suite by the given words and reads what it wrote. */
export async function runSuite(
  command: readonly string[],
  options: { readonly output: string; readonly env: Record<string, string> },
): Promise<Results> {
  const end = await runChild(command, { env: options.env, limitMs: 90_000 });
  const folders = await readdir(options.output).catch(() => []);
  if (folders.length === 0) throw new AggregateError([end.stderr], `the suite wrote nothing: ${end.stderr}`);
  const read = folders.sort().map(async (folder) => {
    const checks = await readChecks(join(options.output, folder, "checks.json"));
    return [FOLDER.exec(folder)?.[1] ?? folder, checks] as const;
  });
  return new Map(await Promise.all(read));
}
