import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import { formatReport, MAX_BUNDLE_BYTES } from "@narrowgate/verifier";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { checkBundle, checkPack, exitOf, OPEN_OPTION, TRUST_OPTION } from "../evidence/check-bundle.ts";
import { packJson, packLines } from "../evidence/pack-text.ts";
import { reportJson } from "../evidence/report-json.ts";
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

/** `narrowgate verify` */
export const verify: CommandSpec = {
  path: ["verify"],
  summary: "verify a proof bundle or the pack of a release offline: no network, no server, no database",
  details: [
    "Without --trust a bundle can only be shown to agree with itself. Exit code 1 when anything fails.",
    "Of a transaction that is not closed the verdict is `open`, for it may have gone on: exit code 3, or 0 with --open.",
  ],
  arguments: [
    {
      name: "FILE",
      help: "a proof bundle, from `evidence export`, or a pack, from `release pack` or `release export`",
    },
  ],
  options: [TRUST_OPTION, OPEN_OPTION],
  examples: [["narrowgate verify proof.json --trust trust.json", "the verdict, the counts, and the story"]],
  async run(call) {
    const bytes = await readBounded(resolve(call.directory, call.argument(0)));
    if (isPack(bytes)) return verifyPackOf(call, bytes);
    const report = await withProgress(call.terminal, "verifying", checkBundle(call, bytes));
    const text = formatReport(report, { colour: call.terminal.colour });
    return { json: reportJson(report), lines: [text.trimEnd()], exit: exitOf(call, report) };
  },
};
