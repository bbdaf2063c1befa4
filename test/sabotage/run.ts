/**
 * Breaks one function of the running server at a time, and tells which drill, which control and which rule of the offline
 * verifier notices. Run: npm run sabotage [-- ID...]. Writes docs/quality/sabotage.md when all are run; ends with 1 when one
 * of them is noticed by nobody.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Looked, lookAt } from "./look.ts";
import { SABOTAGES } from "./sabotages.ts";
import { openStage } from "./stage.ts";
import { formatTable, noticedOf, type Row, replaceTable } from "./table.ts";

// What was seen is kept, so that a run that was ended goes on with --resume.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { resume: { type: "boolean", default: false } },
});
const page = fileURLToPath(new URL("../../docs/quality/sabotage.md", import.meta.url));
const kept = fileURLToPath(new URL("../../reports/sabotage", import.meta.url));
mkdirSync(kept, { recursive: true });
const house = mkdtempSync(join(tmpdir(), "narrowgate-sabotages-"));
process.once("exit", () => rmSync(house, { recursive: true, force: true }));

async function look(id: string | undefined, drills: readonly string[]): Promise<Looked> {
  const file = `${kept}/${id ?? "none"}.json`;
  if (values.resume && existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const started = performance.now();
  const stage = await openStage(id, house);
  try {
    const looked = await lookAt(stage, drills);
    writeFileSync(file, JSON.stringify(looked, null, 2));
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stdout.write(`${id ?? "not broken"}: looked at in ${seconds} s\n`);
    return looked;
  } finally {
    await stage.close();
  }
}

const chosen = SABOTAGES.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
const honest = await look(undefined, [...new Set(chosen.flatMap(({ drills }) => drills))]);
for (const { name, verdict, says } of honest.drills)
  if (verdict !== "pass") process.stdout.write(`not broken, and yet ${name} is ${verdict}: ${says}\n`);
const rows: Row[] = [];
for (const sabotage of chosen) {
  const looked = await look(sabotage.id, sabotage.drills);
  rows.push({ sabotage, looked });
  const { drills, controls, rules } = noticedOf(looked, honest);
  const witnesses = [...drills, ...controls, ...rules];
  if (witnesses.length === 0) process.exitCode = 1;
  process.stdout.write(`${sabotage.id}: ${witnesses.join(", ") || "NOBODY NOTICED"}\n`);
}
const table = formatTable(rows, honest);
process.stdout.write(`${table}\n`);
if (positionals.length === 0) writeFileSync(page, replaceTable(readFileSync(page, "utf8"), table));
