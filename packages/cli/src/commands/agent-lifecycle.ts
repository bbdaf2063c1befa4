import { openAdmin } from "../admin/admin-client.ts";
import { textAt } from "../admin/read-answer.ts";
import type { CommandSpec, OptionSpec } from "../command.ts";
import { checkAgentId } from "../places/agent-key-file.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** Every operator write can say why; the reason is sealed into the evidence. */
export const REASON_OPTION: OptionSpec = {
  name: "reason",
  value: "TEXT",
  help: "why, in one sentence; kept in the evidence",
};

const DEFAULT_REASON = "by an operator on the command line";

/** The reason that was given, or that none was. */
export function reasonOf(given: string | undefined): string {
  return given ?? DEFAULT_REASON;
}

function lifecycle(verb: "suspend" | "activate" | "retire", summary: string, what: string): CommandSpec {
  return {
    path: ["agent", verb],
    summary,
    arguments: [{ name: "ID", help: "id of the agent" }],
    options: [...INSTANCE_OPTIONS, REASON_OPTION],
    examples: [[`narrowgate agent ${verb} desk-triage --reason "key rotation"`, what]],
    async run(call) {
      const id = checkAgentId(call.argument(0));
      const admin = await openAdmin(call);
      const agent = await admin.send("POST", `/agents/${id}/${verb}`, {
        reason: reasonOf(call.text("reason")),
      });
      return { json: agent, lines: [`${id} is ${textAt(agent, "state")}`] };
    },
  };
}

/** `narrowgate agent suspend` */
export const agentSuspend: CommandSpec = lifecycle(
  "suspend",
  "stop an agent; all its tokens are dead when this returns",
  "nothing it holds is accepted any more",
);

/** `narrowgate agent activate` */
export const agentActivate: CommandSpec = lifecycle(
  "activate",
  "let a registered or suspended agent act",
  "it may ask for new tokens; old ones stay dead",
);

/** `narrowgate agent retire` */
export const agentRetire: CommandSpec = lifecycle(
  "retire",
  "end an agent for good; its id is never given again",
  "there is no way back",
);
