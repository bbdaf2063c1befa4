import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** `narrowgate mandate close` */
export const mandateClose: CommandSpec = {
  path: ["mandate", "close"],
  summary: "close a mandate; all tokens below it are dead when this returns",
  arguments: [{ name: "ID", help: "id of the mandate, from `mandate list`" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate mandate close 5bQ...", "a new task needs a new mandate"]],
  async run(call) {
    const id = call.argument(0);
    const admin = await openAdmin(call);
    const closed = await admin.send("POST", `/mandates/${encodeURIComponent(id)}/close`, {});
    return { json: closed, lines: [`mandate ${id} is closed`] };
  },
};
