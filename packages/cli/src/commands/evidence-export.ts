import { resolve } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { readBundle } from "../evidence/read-bundle.ts";
import { writeBytes } from "../evidence/write-bytes.ts";
import { exportPack, type WrittenPack } from "../evidence-pack/export-pack.ts";
import { readSample, readSince } from "../evidence-pack/read-since.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTime } from "../terminal/format-time.ts";
import { findRelease } from "./release-list.ts";

async function exportTransaction(call: Call, txn: string, file: string): Promise<Outcome> {
  const bytes = await readBundle(call, txn);
  await writeBytes(file, bytes);
  return { json: { txn, file, bytes: bytes.length }, lines: [`${file}: ${bytes.length} bytes`] };
}

function linesOf(file: string, { pack, end, bytes }: WrittenPack): readonly string[] {
  const { population, sensitive, sampled } = end;
  return [
    `${file}: ${bytes} bytes`,
    `release ${pack.release} of ${pack.agent}, since ${formatTime(pack.since)}`,
    `transactions: ${population}; sensitive and all here: ${sensitive}; of the other ${population - sensitive} drawn by lot: ${sampled}`,
  ];
}

async function exportRelease(call: Call, id: string, file: string): Promise<Outcome> {
  const since = readSince(call);
  const sample = readSample(call);
  const admin = await openAdmin(call);
  const release = textAt(await findRelease(call, id), "id");
  const wanted = { id: release, sample, file, ...(since === undefined ? {} : { since }) };
  const written = await exportPack(call, admin, wanted);
  const { pack, end, bytes } = written;
  return {
    json: { file, bytes, pack, end: { ...end, procedures: [...end.procedures] } },
    lines: linesOf(file, written),
  };
}

/** `narrowgate evidence export` */
export const evidenceExport: CommandSpec = {
  path: ["evidence", "export"],
  summary:
    "write the proof bundle of a transaction, or the evidence pack of a release; the reading is recorded",
  details: [
    "The evidence pack of a release is one tar archive: readiness report in all forms, evaluation and drill results, proofs,",
    "signatures and certificate, policies, all sensitive transactions of the agent (people were asked, or a server with an",
    "operation that cannot be undone was reached) and a sample of the others that is drawn by lot, so that nobody can choose",
    "it. It evaluates the agent first. What is in the file is disclosed by it: it is made with mode 0600.",
  ],
  options: [
    { name: "txn", value: "ID", help: "id of the transaction" },
    { name: "release", value: "ID", help: "id of the release, from `release list`, or the beginning of it" },
    {
      name: "since",
      value: "TIME",
      help: "with --release: transactions since; the window of the evaluation when not given",
    },
    { name: "sample", value: "N", help: "with --release: so many of the others, 300 when not given" },
    { name: "output", value: "FILE", required: true, help: "file to write; it must not exist" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      "narrowgate evidence export --txn ID -o proof.json",
      "then: narrowgate verify proof.json --trust trust.json",
    ],
    [
      "narrowgate evidence export --release Jq3 -o evidence.tar",
      "then, on a machine that never saw the instance: narrowgate verify evidence.tar --trust trust.json",
    ],
    [
      "narrowgate evidence export --release Jq3 --since 2026-11-01 --sample 1000 -o evidence.tar",
      "what the agent did since then, and a larger sample",
    ],
  ],
  async run(call) {
    const [txn, release] = [call.text("txn"), call.text("release")];
    const file = resolve(call.directory, call.text("output") ?? "");
    if (txn !== undefined && release === undefined) return exportTransaction(call, txn, file);
    if (release !== undefined && txn === undefined) return exportRelease(call, release, file);
    throw new NarrowgateError("usage", "either --txn or --release says what to export");
  },
};
