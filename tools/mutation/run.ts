/**
 * Breaks the code of the rooms that security rests on, one small change at a time, and tells which changes no test
 * notices. Run: npm run mutation [-- ROOM... --resume]
 * Ends with 1 when a change survives that docs/quality/mutation.md does not list with a reason.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Batch, batchesOf } from "./batches.ts";
import { makePrivateCopy } from "./private-copy.ts";
import { type Report, type RoomResult, readReport, resultOf } from "./results.ts";
import { type MutationRoom, ROOMS } from "./rooms.ts";
import { replaceRow, scoreRow } from "./scores-table.ts";
import { reportFile, strykerOptions } from "./stryker-options.ts";
import { compareSurvivors, formatSurvivor, parseSurvivors } from "./survivor-list.ts";
import { markUncompilable } from "./type-check.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  // Goes on after a run that was ended: batches reported on the same sources are not mutated again.
  options: { resume: { type: "boolean", default: false } },
});
const root = fileURLToPath(new URL("../..", import.meta.url));
const tool = join(root, "tools", "mutation");
const reports = join(root, "reports", "mutation");
const copy = join(root, ".stryker-tmp", "checkout");
const pageFile = join(root, "docs", "quality", "mutation.md");

function chosenRooms(names: readonly string[]): readonly MutationRoom[] {
  const unknown = names.filter((name) => !ROOMS.some((room) => room.name === name));
  if (unknown.length > 0)
    throw new RangeError(
      `no room ${unknown.join(", ")}; there are ${ROOMS.map(({ name }) => name).join(", ")}`,
    );
  return ROOMS.filter(({ name }) => names.length === 0 || names.includes(name));
}

function run(command: readonly [string, ...string[]], cwd: string, env: NodeJS.ProcessEnv): void {
  const [file, ...args] = command;
  const { status } = spawnSync(file, args, { cwd, env, stdio: "inherit" });
  if (status !== 0) throw new RangeError(`${command.join(" ")} ended with ${status}`);
}

/** The mutation tester is installed when it is first needed, and again when its lock file is newer. */
function installTool(): void {
  const lock = join(tool, "package-lock.json");
  const record = join(tool, "node_modules", ".package-lock.json");
  if (existsSync(record) && statSync(record).mtimeMs >= statSync(lock).mtimeMs) return;
  run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], tool, process.env);
}

/** Mutates one batch; an earlier report on the same sources will do when the run goes on from there. */
function mutate(room: MutationRoom, batch: Batch): Report {
  const file = reportFile(batch, reports);
  if (values.resume && existsSync(file)) {
    const earlier = readReport(file);
    if (batch.files.every((path) => earlier[path]?.source === readFileSync(join(root, path), "utf8")))
      return earlier;
  }
  const optionsFile = join(copy, "stryker.config.json");
  writeFileSync(optionsFile, JSON.stringify(strykerOptions(room, batch, { tool, reports })));
  const stryker = join(tool, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  process.stdout.write(`${batch.name}: ${batch.files.join(", ")}\n`);
  run([process.execPath, stryker, "run", optionsFile], copy, {
    ...process.env,
    NARROWGATE_MUTATION_TESTS: room.tests.join(","),
  });
  markUncompilable(file, copy);
  return readReport(file);
}

/** Writes the room's row; prints what is not in step with the page, and tells whether all of it is. */
function report(result: RoomResult, minutes: number): boolean {
  const page = readFileSync(pageFile, "utf8");
  const row = scoreRow(result, minutes, new Date().toISOString().slice(0, 10));
  writeFileSync(pageFile, replaceRow(page, result.room, row));
  const mutated = new Set(result.files);
  const listed = parseSurvivors(page).filter(({ file }) => mutated.has(file));
  const { unlisted, gone } = compareSurvivors(result.survivors, listed);
  process.stdout.write(`${row}\n`);
  for (const survivor of unlisted) process.stdout.write(`not listed: ${formatSurvivor(survivor)}\n`);
  for (const survivor of gone) process.stdout.write(`listed, but caught now: ${formatSurvivor(survivor)}\n`);
  return unlisted.length === 0;
}

mkdirSync(reports, { recursive: true });
const rooms = chosenRooms(positionals);
installTool();
makePrivateCopy(root, copy);
for (const room of rooms) {
  const started = performance.now();
  const done = batchesOf(room, root).map((batch) => mutate(room, batch));
  const isInStep = report(resultOf(room.name, done), (performance.now() - started) / 60_000);
  if (!isInStep) process.exitCode = 1;
}
