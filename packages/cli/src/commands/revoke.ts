import { REVOCABLE_KINDS } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { REASON_OPTION, reasonOf } from "./agent-lifecycle.ts";

/** `narrowgate revoke` */
export const revoke: CommandSpec = {
  path: ["revoke"],
  summary: "take authority back, with everything below it; it does not come back",
  arguments: [
    { name: "KIND", help: REVOCABLE_KINDS.join(", ") },
    { name: "ID", help: "id, ref or name; `all` for everything" },
  ],
  options: [REASON_OPTION, ...INSTANCE_OPTIONS],
  examples: [
    [
      'narrowgate revoke agent desk-refund --reason "wrong refunds"',
      "all tokens of the agent, and below them",
    ],
    ["narrowgate revoke token JTI", "one token and what was cut from it"],
  ],
  async run(call) {
    const [kind, id] = [call.argument(0), call.argument(1)];
    if (!REVOCABLE_KINDS.some((known) => known === kind))
      throw new NarrowgateError("usage", `KIND must be one of ${REVOCABLE_KINDS.join(", ")}`);
    const admin = await openAdmin(call);
    const done = await admin.send("POST", "/revocations", {
      kind,
      id,
      reason: reasonOf(call.text("reason")),
    });
    const said = `${kind} ${id} is revoked (position ${textAt(done, "feed")} of the feed)`;
    // An epoch ends what is out; only the registration decides whether the agent may ask again.
    const goesOn = `${id} is still active and can ask for new tokens; to stop it: narrowgate contain ${id}`;
    return { json: done, lines: kind === "agent" ? [said, goesOn] : [said] };
  },
};
