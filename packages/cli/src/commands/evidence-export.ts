import { resolve } from "node:path";
import type { CommandSpec } from "../command.ts";
import { readBundle } from "../evidence/read-bundle.ts";
import { writeBytes } from "../evidence/write-bytes.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** `narrowgate evidence export` */
export const evidenceExport: CommandSpec = {
  path: ["evidence", "export"],
  summary: "write the proof bundle of a transaction to a file; the reading is recorded",
  details: ["The bundle discloses what is in it: the file is made with mode 0600."],
  options: [
    { name: "txn", value: "ID", required: true, help: "id of the transaction" },
    { name: "output", value: "FILE", required: true, help: "file to write; it must not exist" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      "narrowgate evidence export --txn ID -o proof.json",
      "then: narrowgate verify proof.json --trust trust.json",
    ],
  ],
  async run(call) {
    const txn = call.text("txn") ?? "";
    const file = resolve(call.directory, call.text("output") ?? "");
    const bytes = await readBundle(call, txn);
    await writeBytes(file, bytes);
    return { json: { txn, file, bytes: bytes.length }, lines: [`${file}: ${bytes.length} bytes`] };
  },
};
