import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, readAll, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatRecord } from "../terminal/format-record.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

/** Expiry as people read it; the document of `--json` keeps the seconds. */
function withDate(agent: JsonObject): JsonObject {
  const { expires } = agent;
  return typeof expires === "number" ? { ...agent, expires: `${formatTime(expires * 1000)} UTC` } : agent;
}

function instanceLines(id: string, instances: readonly JsonObject[]): readonly string[] {
  if (instances.length === 0)
    return [`No instance has shown a key yet; let one join with: narrowgate agent join-code ${id}`];
  const rows = instances.map((instance) => [
    textAt(instance, "ref"),
    textAt(instance, "state"),
    textAt(instance, "assurance"),
    textAt(instance, "method"),
    textAt(instance, "name"),
    formatTime(instance.last_ms),
  ]);
  return formatTable(["INSTANCE", "STATE", "ASSURANCE", "METHOD", "NAME", "LAST SEEN"], rows);
}

/** `narrowgate agent show` */
export const agentShow: CommandSpec = {
  path: ["agent", "show"],
  summary: "show one agent: owner, tier, expiry, ceiling, bindings, and its instances",
  arguments: [{ name: "ID", help: "id of the agent" }],
  options: INSTANCE_OPTIONS,
  examples: [
    [
      "narrowgate agent show desk-triage",
      "what the registry holds of it, and each running copy: state, assurance, last seen",
    ],
  ],
  async run(call) {
    const id = call.argument(0);
    const admin = await openAdmin(call);
    const agents = await readAll(admin, "/registry/agents", "agents");
    const agent = agents.find((item) => item.id === id);
    if (agent === undefined)
      throw new NarrowgateError("not_found", "no such agent is registered; see: narrowgate agent list");
    const path = `/agents/${encodeURIComponent(id)}/instances`;
    const instances = objectsAt(await admin.read(path), "instances");
    const lines = [...formatRecord(withDate(agent)), "", ...instanceLines(id, instances)];
    return { json: { ...agent, instances }, lines };
  },
};
