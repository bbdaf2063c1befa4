import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** `narrowgate witness remove` */
export const witnessRemove: CommandSpec = {
  path: ["witness", "remove"],
  summary: "ask a witness no more; recorded in the log as your signed request",
  details: [
    "Trust files that name it keep asking for its cosignature: hand out a new one with `narrowgate log trust`.",
    "A witness of the configuration is taken out there.",
  ],
  arguments: [{ name: "NAME", help: "its name, or its verifier key, from `witness list`" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate witness remove witness.example", "not asked from now on"]],
  async run(call) {
    const name = call.argument(0);
    const admin = await openAdmin(call);
    const removed = await admin.send("POST", "/witnesses/remove", { name });
    return { json: removed, lines: [`${name} is asked no more`] };
  },
};
