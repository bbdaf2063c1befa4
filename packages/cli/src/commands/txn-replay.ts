import { formatReport } from "@narrowgate/verifier";
import type { CommandSpec } from "../command.ts";
import { checkBundle, exitOf, OPEN_OPTION, TRUST_OPTION } from "../evidence/check-bundle.ts";
import { readBundle } from "../evidence/read-bundle.ts";
import { reportJson } from "../evidence/report-json.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { withProgress } from "../terminal/progress.ts";

/** `narrowgate txn replay` */
export const txnReplay: CommandSpec = {
  path: ["txn", "replay"],
  summary:
    "tell the story of a transaction: who asked, chain, policy, resource, effect, each line with its proof",
  details: [
    "Every decision is made again from its recorded inputs. Exit code 1 when anything does not verify,",
    "3 when the transaction still runs, or 0 then with --open.",
  ],
  arguments: [{ name: "ID", help: "id of the transaction" }],
  options: [TRUST_OPTION, OPEN_OPTION, ...INSTANCE_OPTIONS],
  examples: [
    ["narrowgate txn replay ID", "the bundle agrees with itself"],
    ["narrowgate txn replay ID --trust trust.json", "and with the log and witnesses you trust"],
  ],
  async run(call) {
    const bytes = await readBundle(call, call.argument(0));
    const report = await withProgress(call.terminal, "verifying", checkBundle(call, bytes));
    const text = formatReport(report, { colour: call.terminal.colour });
    return { json: reportJson(report), lines: [text.trimEnd()], exit: exitOf(call, report) };
  },
};
