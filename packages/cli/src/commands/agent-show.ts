import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { readAll } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatRecord } from "../terminal/format-record.ts";

/** `narrowgate agent show` */
export const agentShow: CommandSpec = {
  path: ["agent", "show"],
  summary: "show one agent: owner, tier, ceiling, bindings",
  arguments: [{ name: "ID", help: "id of the agent" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate agent show desk-triage", "everything the registry holds of it"]],
  async run(call) {
    const id = call.argument(0);
    const agents = await readAll(await openAdmin(call), "/registry/agents", "agents");
    const agent = agents.find((item) => item.id === id);
    if (agent === undefined)
      throw new NarrowgateError("not_found", "no such agent is registered; see: narrowgate agent list");
    return { json: agent, lines: formatRecord(agent) };
  },
};
