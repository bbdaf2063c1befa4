/**
 * Records the samples that `run.py` checks: bundles and trust files made by the builder of the product's own tests,
 * with keys made for the occasion and thrown away.
 * Run from the top: `node --conditions=@narrowgate/source test/independent/record-samples.ts`.
 */
import { writeFileSync } from "node:fs";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";

const folder = new URL("./samples/", import.meta.url);
const engine = createNodeEngine();

for (const [name, open] of [
  ["closed", false],
  ["open", true],
] as const) {
  const { log, txn, trust } = recordSupportCase(engine, { open, afterPolicy: !open });
  const size = log.size;
  writeFileSync(
    new URL(`${name}.bundle`, folder),
    await log.export(txn, { earlier: [Math.floor(size / 2)] }),
  );
  writeFileSync(new URL(`${name}.trust`, folder), `${JSON.stringify(trust(), null, 2)}\n`);
}
