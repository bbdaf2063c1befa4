import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

/** `narrowgate operator list` */
export const operatorList: CommandSpec = {
  path: ["operator", "list"],
  summary: "list who may administer this instance",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate operator list", "names, refs and key thumbprints"]],
  async run(call) {
    const admin = await openAdmin(call);
    const operators = objectsAt(await admin.read("/operators"), "operators");
    const rows = operators.map((operator) => [
      textAt(operator, "name"),
      textAt(operator, "ref"),
      textAt(operator, "jkt"),
      formatTime(operator.enrolled_at_ms),
    ]);
    const lines =
      rows.length === 0
        ? [
            "Nobody is enrolled yet. The server shows a one-time code when it starts: narrowgate operator enrol",
          ]
        : formatTable(["NAME", "REF", "KEY", "ENROLLED"], rows);
    return { json: { operators }, lines };
  },
};
