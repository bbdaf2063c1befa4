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
  details: [
    "Agents and purposes are sealed: that you read them is signed with your key and recorded. With --public nothing is",
    "opened and nothing is recorded; then agents are shown of open transactions only.",
  ],
  options: [
    { name: "public", help: "only what needs no reading: ids, times, states" },
    { name: "limit", value: "N", help: "at most this many, 1 to 1000 (default 20)" },
    { name: "after", value: "CURSOR", help: "go on where an earlier list ended" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [["narrowgate txn list --limit 5", "the newest five: when, which agent, what for"]],
  async run(call) {
    const limit = call.text("limit") ?? "20";
    if (!/^\d{1,4}$/.test(limit))
      throw new NarrowgateError("usage", "--limit must be a number from 1 to 1000");
    const after = call.text("after");
    const query = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
    const admin = await openAdmin(call);
    const path = `/transactions?limit=${limit}${query}`;
    const page = call.flag("public") ? await admin.read(path) : await admin.send("GET", path);
    const found = objectsAt(page, "transactions");
    const rows = found.map((txn) => [
      textAt(txn, "id"),
      formatTime(txn.first_ms),
      textAt(txn, "state"),
      textAt(txn, "entries"),
      textAt(txn, "agent"),
      textAt(txn, "purpose"),
    ]);
    const last = found.at(-1);
    const more = last === undefined || found.length < Number(limit) ? "" : textAt(last, "cursor");
    const lines =
      rows.length === 0
        ? [
            "There is no transaction yet. One begins with a mandate; see the whole of it with: narrowgate tour",
          ]
        : [
            ...formatTable(["ID", "BEGAN", "STATE", "ENTRIES", "AGENT", "PURPOSE"], rows),
            ...(more === "" ? [] : [`older ones: --after ${more}`]),
          ];
    return { json: page, lines };
  },
};
