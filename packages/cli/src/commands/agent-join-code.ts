import { openAdmin } from "../admin/admin-client.ts";
import { textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { checkAgentId } from "../places/agent-key-file.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTime } from "../terminal/format-time.ts";

/** `narrowgate agent join-code` */
export const agentJoinCode: CommandSpec = {
  path: ["agent", "join-code"],
  summary: "make a one-time code by which an instance of an agent enrols its own key",
  arguments: [{ name: "ID", help: "id of the agent" }],
  options: [...INSTANCE_OPTIONS, { name: "plain", help: "print the code alone" }],
  examples: [
    ["narrowgate agent join-code desk-triage", "give the code to whoever runs the agent; it works once"],
    ["narrowgate agent join-code desk-triage --plain > code.txt", "for `agent join --code-file`"],
  ],
  async run(call) {
    const id = checkAgentId(call.argument(0));
    const admin = await openAdmin(call);
    const made = await admin.send("POST", `/agents/${id}/join-codes`, {});
    const code = textAt(made, "code");
    if (call.flag("plain")) return { json: made, lines: [code] };
    const until = formatTime(made.expires_at_ms);
    return {
      json: made,
      lines: [`join code for ${id}: ${code}`, `good once, until ${until}: narrowgate agent join ${id}`],
    };
  },
};
