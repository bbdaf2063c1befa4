import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import { formatReport, MAX_BUNDLE_BYTES } from "@narrowgate/verifier";
import type { CommandSpec } from "../command.ts";
import { checkBundle, exitOf, OPEN_OPTION, TRUST_OPTION } from "../evidence/check-bundle.ts";
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

/** `narrowgate verify` */
export const verify: CommandSpec = {
  path: ["verify"],
  summary: "verify a proof bundle offline: no network, no server, no database",
  details: [
    "Without --trust a bundle can only be shown to agree with itself. Exit code 1 when anything fails.",
    "Of a transaction that is not closed the verdict is `open`, for it may have gone on: exit code 3, or 0 with --open.",
  ],
  arguments: [{ name: "FILE", help: "a proof bundle, from `evidence export`" }],
  options: [TRUST_OPTION, OPEN_OPTION],
  examples: [["narrowgate verify proof.json --trust trust.json", "the verdict, the counts, and the story"]],
  async run(call) {
    const bytes = await readBounded(resolve(call.directory, call.argument(0)));
    const report = await withProgress(call.terminal, "verifying", checkBundle(call, bytes));
    const text = formatReport(report, { colour: call.terminal.colour });
    return { json: reportJson(report), lines: [text.trimEnd()], exit: exitOf(call, report) };
  },
};
