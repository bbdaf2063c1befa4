import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import { formatReport, MAX_BUNDLE_BYTES } from "@narrowgate/verifier";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import {
  checkBundle,
  checkEvidencePack,
  checkPack,
  exitOf,
  OPEN_OPTION,
  TRUST_OPTION,
} from "../evidence/check-bundle.ts";
import { packJson, packLines } from "../evidence/pack-text.ts";
import { reportJson } from "../evidence/report-json.ts";
import { evidencePackJson, evidencePackLines } from "../evidence-pack/pack-report.ts";
import { verifierBuild } from "../evidence-pack/verifier-build.ts";
import { withProgress } from "../terminal/progress.ts";

async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    if ((await file.stat()).size > MAX_BUNDLE_BYTES)
      throw new NarrowgateError("request_too_large", `${path} is larger than any proof bundle`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Both are canonical, so their first members tell them apart. */
function isPack(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 9)).toString("latin1") === '{"agent":';
}

async function verifyPackOf(call: Call, bytes: Uint8Array): Promise<Outcome> {
  const pack = await withProgress(call.terminal, "verifying", checkPack(call, bytes));
  const text = formatReport(pack.report, { colour: call.terminal.colour });
  return {
    json: packJson(pack),
    lines: [...packLines(pack), text.trimEnd()],
    exit: exitOf(call, pack.report),
  };
}

/** Whether a file is a tar archive, by the magic of its first header. */
async function isArchive(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(5), 0, 5, 257);
    return bytesRead === 5 && buffer.toString("latin1") === "ustar";
  } finally {
    await file.close();
  }
}

async function verifyArchive(call: Call, path: string): Promise<Outcome> {
  const report = await checkEvidencePack(call, createReadStream(path, { highWaterMark: 1_048_576 }));
  const build = await verifierBuild();
  return {
    json: evidencePackJson(report, build),
    lines: evidencePackLines(report, build, call.terminal),
    exit: exitOf(call, report),
  };
}

/** `narrowgate verify` */
export const verify: CommandSpec = {
  path: ["verify"],
  summary:
    "verify a proof bundle, the pack of a release or an evidence pack offline: no network, no server, no database",
  details: [
    "Without --trust a bundle can only be shown to agree with itself. Exit code 1 when anything fails.",
    "Of a transaction that is not closed the verdict is `open`, for it may have gone on: exit code 3, or 0 with --open.",
    "Of an evidence pack all is checked: the release, that its reports are what the evaluation gives, that no sensitive",
    "transaction of the agent is missing, that the sample is the one that was drawn, and every transaction in it.",
  ],
  arguments: [
    {
      name: "FILE",
      help: "a proof bundle or an evidence pack, from `evidence export`, or a pack, from `release pack` or `release export`",
    },
  ],
  options: [TRUST_OPTION, OPEN_OPTION],
  examples: [
    ["narrowgate verify proof.json --trust trust.json", "the verdict, the counts, and the story"],
    [
      "narrowgate verify evidence.tar --trust trust.json",
      "a release with all that its agent did that matters",
    ],
  ],
  async run(call) {
    const path = resolve(call.directory, call.argument(0));
    if (await isArchive(path)) return verifyArchive(call, path);
    const bytes = await readBounded(path);
    if (isPack(bytes)) return verifyPackOf(call, bytes);
    const report = await withProgress(call.terminal, "verifying", checkBundle(call, bytes));
    const text = formatReport(report, { colour: call.terminal.colour, file: call.argument(0) });
    return { json: reportJson(report), lines: [text.trimEnd()], exit: exitOf(call, report) };
  },
};
