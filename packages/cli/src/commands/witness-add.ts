import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** `narrowgate witness add` */
export const witnessAdd: CommandSpec = {
  path: ["witness", "add"],
  summary: "ask one more witness to cosign the log's checkpoints",
  details: [
    "A witness signs only a log that grew out of what it has seen; run it where this server's operator cannot reach it.",
    "Give the witness this log's verifier key (`narrowgate log trust` shows it), then add its address and key here.",
  ],
  arguments: [
    { name: "URL", help: "address of the witness; /add-checkpoint is appended" },
    { name: "KEY", help: "its verifier key, in the form name+hash+key" },
  ],
  options: INSTANCE_OPTIONS,
  examples: [
    ["narrowgate witness add https://witness.example witness.example+1a2b3c4d+AQ...", "asked from now on"],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const added = await admin.send("POST", "/witnesses", { url: call.argument(0), key: call.argument(1) });
    return { json: added, lines: [`${call.argument(0)} is asked from now on`] };
  },
};
