import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatRecord } from "../terminal/format-record.ts";

/** `narrowgate txn show` */
export const txnShow: CommandSpec = {
  path: ["txn", "show"],
  summary: "show the entries of a transaction as the server holds them; the reading is recorded",
  arguments: [{ name: "ID", help: "id of the transaction" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate txn show ID", "for the story with proofs, use: narrowgate txn replay ID"]],
  async run(call) {
    const admin = await openAdmin(call);
    const txn = await admin.send("GET", `/transactions/${encodeURIComponent(call.argument(0))}`);
    return { json: txn, lines: formatRecord(txn) };
  },
};
