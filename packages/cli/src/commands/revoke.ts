import { REVOCABLE_KINDS } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { confirm } from "../terminal/terminal.ts";
import { REASON_OPTION, reasonOf } from "./agent-lifecycle.ts";

/** Ending everything at once is not done by a slip of the hand. */
async function confirmAll(call: Call): Promise<void> {
  if (call.flag("yes")) return;
  if (!call.terminal.interactive || call.terminal.json)
    throw new NarrowgateError("usage", "nothing was revoked: confirm with --yes that everything ends");
  const question = "This ends every token and every mandate of this instance. Go on?";
  if (!(await confirm(call.terminal, question))) throw new NarrowgateError("usage", "nothing was revoked");
}

/** `narrowgate revoke` */
export const revoke: CommandSpec = {
  path: ["revoke"],
  summary: "take authority back, with everything below it; it does not come back",
  arguments: [
    { name: "KIND", help: REVOCABLE_KINDS.join(", ") },
    { name: "ID", help: "id, ref or name; `all` for everything" },
  ],
  options: [
    REASON_OPTION,
    { name: "yes", help: "do not ask before everything is revoked" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      'narrowgate revoke agent desk-refund --reason "wrong refunds"',
      "all its tokens and open mandates and all below them; calls that wait for a yes are withdrawn",
    ],
    ["narrowgate revoke token JTI", "one token and what was cut from it"],
    ["narrowgate revoke all all", "everything that was ever given out; asks first"],
  ],
  async run(call) {
    const [kind, id] = [call.argument(0), call.argument(1)];
    if (!REVOCABLE_KINDS.some((known) => known === kind))
      throw new NarrowgateError("usage", `KIND must be one of ${REVOCABLE_KINDS.join(", ")}`);
    if (kind === "all") await confirmAll(call);
    const admin = await openAdmin(call);
    const done = await admin.send("POST", "/revocations", {
      kind,
      id,
      reason: reasonOf(call.text("reason")),
    });
    const said = `${kind} ${id} is revoked (position ${textAt(done, "feed")} of the feed)`;
    // An epoch ends what is out; only the registration decides whether the agent may ask again.
    const goesOn = `${id} is still active and can ask for new tokens; to stop it: narrowgate contain ${id}`;
    const below = "its open mandates have ended, and what waited for a person's yes under them is withdrawn";
    return { json: done, lines: kind === "agent" ? [said, below, goesOn] : [said] };
  },
};
