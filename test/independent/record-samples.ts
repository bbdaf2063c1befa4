/**
 * Records the samples that `run.py` checks, with keys made for the occasion and thrown away: `closed`, `open` and
 * `approved` (a person's passkey signs one call) by the builder of the product's own tests, `signed` by a whole instance whose operator signs every change and whose upstream
 * takes the gate's exchanged tokens; `release` and `released` by one of production: a release that four people signed, and a
 * transaction under it; `evidence-pack` a small evidence pack.
 * Run from the top: `node --conditions=@narrowgate/source test/independent/record-samples.ts`.
 */
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { exportedPack, startEvidenceStory } from "../scenarios/harness/evidence-story.ts";
import { recordReleaseStory } from "../scenarios/harness/release-story.ts";
import { resealed } from "../scenarios/harness/rewritten-log.ts";
import { recordSignedStory } from "../scenarios/harness/signed-story.ts";

const folder = new URL("./samples/", import.meta.url);
const engine = createNodeEngine();

/** What the person of the approved case may hand over. */
const authority = {
  scope: ["files:read", "files:write"],
  resource: ["https://gate.example/mcp/files"],
  authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read_text_file", "write_file"] }],
};
const entitled = {
  groups: ["staff"],
  rules: [{ group: "staff", issuer: "https://idp.example", authority }],
};

for (const [name, open] of [
  ["closed", false],
  ["open", true],
  ["approved", false],
] as const) {
  const approved = name === "approved";
  const { log, txn, trust } = recordSupportCase(engine, {
    open,
    afterPolicy: !open,
    approved,
    ...(approved ? { entitled } : {}),
  });
  const size = log.size;
  writeFileSync(
    new URL(`${name}.bundle`, folder),
    await log.export(txn, { earlier: [Math.floor(size / 2)] }),
  );
  writeFileSync(new URL(`${name}.trust`, folder), `${JSON.stringify(trust(), null, 2)}\n`);
}

const { bundle, trust } = await recordSignedStory();
writeFileSync(new URL("signed.bundle", folder), bundle);
writeFileSync(new URL("signed.trust", folder), `${JSON.stringify(trust, null, 2)}\n`);

const story = await recordReleaseStory();
for (const [name, of] of [
  ["release", story.release],
  ["released", story.txn],
] as const) {
  writeFileSync(new URL(`${name}.bundle`, folder), resealed(of));
  writeFileSync(new URL(`${name}.trust`, folder), `${JSON.stringify(story.trust, null, 2)}\n`);
}

const evidence = await startEvidenceStory();
for (const server of ["data", "post", "data"] as const) await evidence.task(server);
const pack = await exportedPack(evidence, "evidence.tar", "--sample", "2");
writeFileSync(new URL("evidence-pack.tar.gz", folder), gzipSync(pack, { level: 9 }));
writeFileSync(
  new URL("evidence-pack-trust.json", folder),
  `${JSON.stringify(await evidence.trust(), null, 2)}\n`,
);
await evidence.close();
