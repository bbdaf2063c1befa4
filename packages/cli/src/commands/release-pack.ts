import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  formatReleasePack,
  packProof,
  parseReleasePack,
  parseReleasePackBytes,
  type ReleasePack,
} from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { type AdminClient, openAdmin } from "../admin/admin-client.ts";
import { asObject, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, OptionSpec } from "../command.ts";
import { linkHeads } from "../evidence/link-heads.ts";
import { writeBytes } from "../evidence/write-bytes.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { DECLARE_OPTION, readDeclared } from "./read-declared.ts";
import { findRelease } from "./release-list.ts";

const OUTPUT: OptionSpec = {
  name: "output",
  value: "FILE",
  required: true,
  help: "file to write; it must not exist",
};

/** Adds the heads that were seen before, so that whoever holds a trust file of ours needs no witness. */
async function linked(call: Call, admin: AdminClient, pack: ReleasePack): Promise<ReleasePack> {
  const bytes = await linkHeads(packProof(pack), admin.place.baseUrl, call.env);
  const proof = asObject(
    parseStrictJson(bytes, { maxBytes: bytes.length, maxDepth: 96, maxKeys: 4_000_000 }),
  );
  return { ...pack, proof };
}

async function writePack(call: Call, admin: AdminClient, pack: ReleasePack): Promise<string> {
  const file = resolve(call.directory, call.text("output") ?? "");
  await writeBytes(file, formatReleasePack(await linked(call, admin, pack)));
  return file;
}

/** The pack that `--tested` names; undefined without one. @throws `malformed_json`, `malformed_input` */
export async function readTested(call: Call): Promise<ReleasePack | undefined> {
  const file = call.text("tested");
  return file === undefined
    ? undefined
    : parseReleasePackBytes(await readFile(resolve(call.directory, file)));
}

/** `narrowgate release export` */
export const releaseExport: CommandSpec = {
  path: ["release", "export"],
  summary:
    "evaluate an agent as it stands, and write what was found with its proof for the instance that promotes it",
  details: [
    "Run it where the release was tested. The file holds the evaluation, the drills that count, and their proof under the",
    "head of this log; the other instance verifies it with the trust file that its settings name (`tested_by`).",
  ],
  arguments: [{ name: "AGENT", help: "id of the agent" }],
  options: [DECLARE_OPTION, OUTPUT, ...INSTANCE_OPTIONS],
  examples: [
    [
      "narrowgate release export desk-refund -o tested.json",
      "then, there: narrowgate release propose desk-refund --tested tested.json",
    ],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const path = `/agents/${encodeURIComponent(call.argument(0))}/tested`;
    const pack = parseReleasePack(
      await admin.send("POST", path, { declared: readDeclared(call.list("declare")) }),
    );
    const file = await writePack(call, admin, pack);
    const { release, evaluation, agent } = pack;
    return { json: { agent, release, evaluation, file }, lines: [`${file}: release ${release} of ${agent}`] };
  },
};

/** `narrowgate release pack` */
export const releasePack: CommandSpec = {
  path: ["release", "pack"],
  summary:
    "write a release with its proof to a file: evaluation, drills, signatures and certificate; the reading is recorded",
  details: [
    "Anybody verifies it offline: `narrowgate verify FILE --trust FILE`. The file is made with mode 0600.",
  ],
  arguments: [{ name: "ID", help: "id of the release, from `release list`, or the beginning of it" }],
  options: [OUTPUT, ...INSTANCE_OPTIONS],
  examples: [["narrowgate release pack Jq3 -o release.json", "what an auditor is given"]],
  async run(call) {
    const id = textAt(await findRelease(call), "id");
    const admin = await openAdmin(call);
    const pack = parseReleasePack(await admin.send("GET", `/releases/${encodeURIComponent(id)}/pack`));
    const file = await writePack(call, admin, pack);
    const { release, agent } = pack;
    return { json: { agent, id, release, file }, lines: [`${file}: release ${release} of ${agent}`] };
  },
};
