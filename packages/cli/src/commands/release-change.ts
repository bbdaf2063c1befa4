import { openAdmin } from "../admin/admin-client.ts";
import { asObject, textAt, textsAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { REASON_OPTION, reasonOf } from "./agent-lifecycle.ts";
import { DECLARE_OPTION, readDeclared } from "./read-declared.ts";
import { effectLines } from "./release-effects.ts";
import { findRelease } from "./release-list.ts";
import { readTested } from "./release-pack.ts";

/** `narrowgate release propose` */
export const releasePropose: CommandSpec = {
  path: ["release", "propose"],
  summary: "propose an agent as it stands: evaluates all controls, and asks four people to sign",
  details: [
    "A release is everything that decides what the agent may do: ceiling, tools with their pins, the policies that can",
    "apply to it, entitlements, response rules. What the plane cannot see (model, prompt, code) is declared, and shown so.",
  ],
  arguments: [{ name: "AGENT", help: "id of the agent" }],
  options: [
    DECLARE_OPTION,
    {
      name: "tested",
      value: "FILE",
      help: "what another instance found of this very release, from `release export`; it says what is declared",
    },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate release propose desk-refund --declare model=none", "the answer says where it is signed"],
    [
      "narrowgate release propose desk-refund --tested tested.json",
      "rests on what was tested elsewhere, and verified here",
    ],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const tested = await readTested(call);
    const made = await admin.send("POST", "/releases", {
      agent: call.argument(0),
      ...(tested === undefined ? { declared: readDeclared(call.list("declare")) } : { tested }),
    });
    const blocking = textsAt(made, "blocking");
    return {
      json: made,
      lines: [
        `proposed: release ${textAt(made, "id")} of ${textAt(made, "agent")}`,
        blocking.length === 0 ? "no control blocks it" : `these controls block it: ${blocking.join(", ")}`,
        `to be signed by ${textsAt(made, "missing").join(", ")} at`,
        textAt(made, "url"),
      ],
    };
  },
};

/** `narrowgate release promote` */
export const releasePromote: CommandSpec = {
  path: ["release", "promote"],
  summary: "bring a release that four people signed into force",
  arguments: [{ name: "ID", help: "id of the release, or the beginning of it" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate release promote Jq3", "tokens of production are minted for it from now on"]],
  async run(call) {
    const id = textAt(await findRelease(call), "id");
    const admin = await openAdmin(call);
    const done = await admin.send("POST", `/releases/${encodeURIComponent(id)}/promote`);
    return {
      json: done,
      lines: [`in force: ${textAt(done, "agent")}, deployment ${textAt(done, "deployment")}`],
    };
  },
};

/** `narrowgate release rollback` */
export const releaseRollback: CommandSpec = {
  path: ["release", "rollback"],
  summary: "revoke the release in force with its tokens, and go back to the last good one",
  details: [
    "Apply the registry file of the earlier release first: what is registered must be what was signed for it. Where it is",
    "not, nothing is in force afterwards, and the answer says what differs. The calls made under it that changed something",
    "are listed, for somebody to make good: nothing here undoes them.",
  ],
  arguments: [{ name: "AGENT", help: "id of the agent" }],
  options: [
    {
      name: "to",
      value: "ID",
      help: "an earlier release; the last one that was in force when it is not given",
    },
    REASON_OPTION,
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ['narrowgate release rollback desk-refund --reason "wrong refunds"', "its tokens end with this commit"],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const to = call.text("to");
    const done = await admin.send("POST", `/agents/${encodeURIComponent(call.argument(0))}/rollback`, {
      reason: reasonOf(call.text("reason")),
      ...(to === undefined ? {} : { to }),
    });
    const ended = `ended: deployment ${textAt(asObject(done.ended), "deployment")}, and every token that names it`;
    const why = textAt(done, "drifted") || "there is no earlier release";
    const now =
      done.active === undefined
        ? `nothing is in force: ${why}`
        : `in force: deployment ${textAt(asObject(done.active), "deployment")}`;
    const effects =
      done.effects === undefined
        ? [`what it did could not be listed: ${textAt(done, "effects_missing")}`]
        : effectLines(asObject(done.effects));
    return { json: done, lines: [ended, now, ...effects] };
  },
};
