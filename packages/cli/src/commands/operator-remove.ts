import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** `narrowgate operator remove` */
export const operatorRemove: CommandSpec = {
  path: ["operator", "remove"],
  summary: "remove an operator; the key signs nothing any more and is never enrolled again",
  arguments: [{ name: "REF", help: "ref of the operator, from `operator list`" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate operator remove Jq3...", "the last operator cannot be removed"]],
  async run(call) {
    const ref = call.argument(0);
    const admin = await openAdmin(call);
    const removed = await admin.send("DELETE", `/operators/${encodeURIComponent(ref)}`);
    return { json: removed, lines: [`${ref} is removed`] };
  },
};
