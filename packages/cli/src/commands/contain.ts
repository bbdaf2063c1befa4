import { openAdmin } from "../admin/admin-client.ts";
import { asObject, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { checkAgentId } from "../places/agent-key-file.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { REASON_OPTION, reasonOf } from "./agent-lifecycle.ts";
import { quietRangeLines } from "./quiet-range-lines.ts";

/** `narrowgate contain` */
export const contain: CommandSpec = {
  path: ["contain"],
  summary: "stop an agent and all its instances now, and show what the record says of it since",
  details: [
    "Then prints the ranges of the log over which no acceptance of the agent is recorded. It says what is on record:",
    "what went around the gate is not. A range needs entries after the revocation: repeat it when something was recorded.",
  ],
  arguments: [{ name: "AGENT", help: "id of the agent" }],
  options: [REASON_OPTION, ...INSTANCE_OPTIONS],
  examples: [
    ['narrowgate contain desk-refund --reason "refunds to a strange account"', "revoked when it returns"],
  ],
  async run(call) {
    const id = checkAgentId(call.argument(0));
    const admin = await openAdmin(call);
    const done = await admin.send("POST", `/contain/${id}`, { reason: reasonOf(call.text("reason")) });
    const state = textAt(asObject(done.agent), "state");
    return {
      json: done,
      lines: [
        `${id} is ${state}; nothing it holds, and nothing below it, is accepted any more`,
        ...quietRangeLines(asObject(done.ranges)),
      ],
    };
  },
};
