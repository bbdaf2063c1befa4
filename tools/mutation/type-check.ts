import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSurvivor, type Mutant, type Report, textBetween } from "./results.ts";

/**
 * Finds the survivors that would never have been built, and writes into the report that they are errors of compilation.
 * Only survivors are asked about: a type check takes longer than most tests.
 * @param copy - private copy of the repository, where files may be changed; they are put back
 */
export function markUncompilable(reportPath: string, copy: string): void {
  const report: { files: Report } = JSON.parse(readFileSync(reportPath, "utf8"));
  for (const [path, { source, mutants }] of Object.entries(report.files)) {
    const workspace = path.split("/").slice(0, 2).join("/");
    const survivors = mutants.filter(isSurvivor);
    // Builds what the workspace stands on, so that each check after it looks at one workspace alone.
    if (survivors.length > 0 && !builds(copy, workspace))
      throw new RangeError(`${workspace} does not compile`);
    for (const mutant of survivors) {
      writeFileSync(join(copy, path), mutate(source, mutant));
      if (!builds(copy, workspace)) mutant.status = "CompileError";
    }
    writeFileSync(join(copy, path), source);
  }
  writeFileSync(reportPath, JSON.stringify(report));
}

function builds(copy: string, workspace: string): boolean {
  return spawnSync("tsc", ["-b", workspace], { cwd: copy, stdio: "ignore" }).status === 0;
}

function mutate(source: string, { location: { start, end }, replacement = "" }: Mutant): string {
  const lines = source.split("\n");
  const before = textBetween(lines, { line: 1, column: 1 }, start);
  const last = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  return before + replacement + textBetween(lines, end, last);
}
