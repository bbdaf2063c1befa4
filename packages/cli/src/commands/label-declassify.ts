import { DATA_CLASSES } from "@narrowgate/contracts";
import { openAdmin } from "../admin/admin-client.ts";
import { textAt, textsAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTime } from "../terminal/format-time.ts";

/** `narrowgate label declassify` */
export const labelDeclassify: CommandSpec = {
  path: ["label", "declassify"],
  summary: "ask people to say that one answer carries less than is declared",
  details: [
    "Who signs reads the exact bytes of the answer: a person with the role security, and with compliance as well where",
    "restricted data is given free; never who asks, is served, or answers for the agent. Nothing falls before that.",
    "Only the last answer of a task can be taken back, while nothing else was read with it; it is told so when not.",
  ],
  arguments: [
    { name: "TXN", help: "id of the transaction, from `txn list`" },
    { name: "ENTRY", help: "id of the outcome, from `txn show`" },
  ],
  options: [
    ...INSTANCE_OPTIONS,
    {
      name: "to",
      value: "CLASS",
      required: true,
      help: `what the task carries afterwards: ${DATA_CLASSES.join(", ")}`,
    },
    { name: "untrusted", help: "it goes on carrying content of strangers" },
    { name: "reason", value: "TEXT", required: true, help: "why; the person who signs reads it" },
  ],
  examples: [
    [
      'narrowgate label declassify 1f..Qk 9a..xw --to internal --reason "read it, no instructions in it"',
      "prints the address at which it is signed",
    ],
  ],
  async run(call) {
    const [txn, outcome] = [call.argument(0), call.argument(1)];
    const reason = call.text("reason") ?? "";
    const admin = await openAdmin(call);
    const asked = await admin.send("POST", `/transactions/${encodeURIComponent(txn)}/declassifications`, {
      outcome,
      to: { class: call.text("to") ?? "", untrusted: call.flag("untrusted") },
      reason,
    });
    return {
      json: asked,
      lines: [
        `waits for ${textsAt(asked, "requires").join(", ")} until ${formatTime(asked.not_after_ms)}`,
        textAt(asked, "url"),
      ],
    };
  },
};
