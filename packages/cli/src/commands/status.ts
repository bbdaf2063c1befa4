import { openAdmin } from "../admin/admin-client.ts";
import { witnessWarnings } from "../admin/witness-warnings.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatRecord } from "../terminal/format-record.ts";

/** `narrowgate status` */
export const status: CommandSpec = {
  path: ["status"],
  summary: "show what the running instance says of itself",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate status", "environment, log, policy, servers and their isolation, open mandates"]],
  async run(call) {
    const admin = await openAdmin(call);
    const said = await admin.read("/status");
    for (const warning of await witnessWarnings(admin)) call.terminal.note(warning);
    return { json: said, lines: formatRecord(said) };
  },
};
