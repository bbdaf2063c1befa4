import type { JsonObject } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { witnessWarnings } from "../admin/witness-warnings.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatRecord } from "../terminal/format-record.ts";

/** Says which build: a verifier has one of its own. */
function named(said: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(said).map(([name, value]) => [name === "build" ? "server build" : name, value]),
  );
}

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
    return { json: said, lines: formatRecord(named(said)) };
  },
};
