import { openAdmin } from "../admin/admin-client.ts";
import { readAll, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTable } from "../terminal/format-table.ts";

/** `narrowgate agent list` */
export const agentList: CommandSpec = {
  path: ["agent", "list"],
  summary: "list registered agents",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate agent list", "id, state, tier and owner of each"]],
  async run(call) {
    const agents = await readAll(await openAdmin(call), "/registry/agents", "agents");
    const rows = agents.map((agent) =>
      ["id", "state", "tier", "owner", "purpose"].map((name) => textAt(agent, name)),
    );
    const lines =
      rows.length === 0
        ? [
            "No agent is registered yet. Describe one in narrowgate.yaml, then: narrowgate apply -f narrowgate.yaml",
          ]
        : formatTable(["ID", "STATE", "TIER", "OWNER", "PURPOSE"], rows);
    return { json: { agents }, lines };
  },
};
