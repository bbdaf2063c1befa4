/**
 * Measures Narrowgate against its peers, all in one run on one machine, and prints the table.
 * Run: npm run bench [-- ROW... --json --quick --rounds N --requests N --profile DIR --keep DIR]
 */
import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { profileInto } from "./processes/child.ts";
import { type RowResult, tableOf } from "./results.ts";
import { approvals } from "./rows/approvals.ts";
import { consolePages } from "./rows/console.ts";
import { controlsOverLog } from "./rows/controls.ts";
import { decision } from "./rows/decision.ts";
import { evidenceAppend } from "./rows/evidence-append.ts";
import { governedCall } from "./rows/governed-call.ts";
import { growth } from "./rows/growth.ts";
import { lastAcceptance } from "./rows/last-acceptance.ts";
import { offlineVerification } from "./rows/offline-verification.ts";
import { replay } from "./rows/replay.ts";
import { revocation } from "./rows/revocation.ts";
import { stopping } from "./rows/stopping.ts";
import { tokenExchange } from "./rows/token-exchange.ts";
import { whatIf } from "./rows/what-if.ts";
import type { Scale } from "./scale.ts";

const ROWS: Readonly<Record<string, (scale: Scale) => Promise<RowResult>>> = {
  "token-exchange": tokenExchange,
  "governed-call": governedCall,
  "evidence-append": evidenceAppend,
  "offline-verification": offlineVerification,
  replay,
  decision,
  approvals,
  console: consolePages,
  revocation,
  "last-acceptance": lastAcceptance,
  stopping,
  growth,
  "what-if": whatIf,
  controls: controlsOverLog,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    keep: { type: "string" },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
    requests: { type: "string" },
    rounds: { type: "string" },
  },
});
if (values.profile !== undefined) profileInto(values.profile);
const scale: Scale = {
  quick: values.quick,
  rounds: Number(values.rounds ?? (values.quick ? 2 : 5)),
  requests: Number(values.requests ?? (values.quick ? 300 : 600)),
  warmUp: values.quick ? 300 : 2000,
  ...(values.keep === undefined ? {} : { kept: resolve(values.keep) }),
};
const names = positionals.length === 0 ? Object.keys(ROWS) : positionals;
const results: RowResult[] = [];
for (const name of names) {
  const row = ROWS[name];
  if (row === undefined) throw new RangeError(`no row ${name}; there are ${Object.keys(ROWS).join(", ")}`);
  const started = performance.now();
  process.stderr.write(`${name} ...\n`);
  const result = await row(scale);
  process.stderr.write(`${name} took ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  results.push(result);
}
const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  kernel: release(),
  node: process.version,
};
const document = { measured: new Date().toISOString(), machine, scale, results };
const text = `${JSON.stringify(document, null, 2)}\n`;
if (positionals.length === 0) writeFileSync(new URL("results.json", import.meta.url), text);
process.stdout.write(values.json ? text : `${tableOf(results)}\n`);
