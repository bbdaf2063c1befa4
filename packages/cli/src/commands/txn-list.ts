import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

/** `narrowgate txn list` */
export const txnList: CommandSpec = {
  path: ["txn", "list"],
  summary: "list transactions, newest first",
  options: [
    { name: "limit", value: "N", help: "at most this many, 1 to 1000 (default 20)" },
    { name: "after", value: "CURSOR", help: "go on where an earlier list ended" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [["narrowgate txn list --limit 5", "ids, and what the public leaves say"]],
  async run(call) {
    const limit = call.text("limit") ?? "20";
    if (!/^\d{1,4}$/.test(limit))
      throw new NarrowgateError("usage", "--limit must be a number from 1 to 1000");
    const after = call.text("after");
    const query = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
    const admin = await openAdmin(call);
    const page = await admin.read(`/transactions?limit=${limit}${query}`);
    const found = objectsAt(page, "transactions");
    const rows = found.map((txn) => [
      textAt(txn, "id"),
      formatTime(txn.first_ms),
      textAt(txn, "state"),
      textAt(txn, "entries"),
      textAt(txn, "agent"),
    ]);
    const last = found.at(-1);
    const more = last === undefined || found.length < Number(limit) ? "" : textAt(last, "cursor");
    const lines =
      rows.length === 0
        ? [
            "There is no transaction yet. One begins with a mandate; see the whole of it with: narrowgate tour",
          ]
        : [
            ...formatTable(["ID", "BEGAN", "STATE", "ENTRIES", "AGENT"], rows),
            ...(more === "" ? [] : [`older ones: --after ${more}`]),
          ];
    return { json: page, lines };
  },
};
