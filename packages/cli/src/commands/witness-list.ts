import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTable } from "../terminal/format-table.ts";

/** `narrowgate witness list` */
export const witnessList: CommandSpec = {
  path: ["witness", "list"],
  summary: "list who cosigns the log's checkpoints",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate witness list", "names, last answers, how many leaves behind, addresses, keys"]],
  async run(call) {
    const admin = await openAdmin(call);
    const witnesses = objectsAt(await admin.read("/witnesses"), "witnesses");
    const rows = witnesses.map((witness) => [
      textAt(witness, "name"),
      textAt(witness, "last"),
      textAt(witness, "behind"),
      textAt(witness, "url"),
      textAt(witness, "key"),
    ]);
    const lines =
      rows.length === 0
        ? [
            "No witness is asked: whoever holds the log key could rewrite history. Add one: narrowgate witness add",
          ]
        : formatTable(["NAME", "LAST ANSWER", "BEHIND", "ADDRESS", "KEY"], rows);
    return { json: { witnesses }, lines };
  },
};
