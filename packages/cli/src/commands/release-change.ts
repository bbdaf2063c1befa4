import { MAX_CANARY_SHARE } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { type AdminClient, openAdmin } from "../admin/admin-client.ts";
import { asObject, textAt, textsAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { unheldRoles } from "../releases/unheld-roles.ts";
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
    const [blocking, missing] = [textsAt(made, "blocking"), textsAt(made, "missing")];
    return {
      json: made,
      lines: [
        `proposed: release ${textAt(made, "id")} of ${textAt(made, "agent")}`,
        blocking.length === 0 ? "no control blocks it" : `these controls block it: ${blocking.join(", ")}`,
        `to be signed by ${missing.join(", ")} at`,
        textAt(made, "url"),
        ...(await unheldRoles(admin, missing)),
      ],
    };
  },
};

/** A refusal for want of signatures, and who could not have given them. */
async function withUnheld(
  admin: AdminClient,
  refused: NarrowgateError,
  missing: readonly string[],
): Promise<NarrowgateError> {
  if (refused.code !== "release_not_signed") return refused;
  const said = [refused.publicMessage, ...(await unheldRoles(admin, missing))].join("; ");
  return new NarrowgateError(refused.code, said, { cause: refused });
}

function shareOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const share = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (share >= 1 && share <= MAX_CANARY_SHARE) return share;
  throw new NarrowgateError("usage", `--canary is 1 to ${MAX_CANARY_SHARE}, in percent`);
}

/** `narrowgate release promote` */
export const releasePromote: CommandSpec = {
  path: ["release", "promote"],
  summary: "bring a release that four people signed into force",
  details: [
    "With --canary it stands beside the one in force: of a hundred mandates so many run under it, drawn by their ids, each",
    "for its whole life. Promoted again it has all of them; `release rollback` takes it back. A canary may differ from the",
    "release beside it in policies and in what is attested or declared: an agent is registered once.",
  ],
  arguments: [{ name: "ID", help: "id of the release, or the beginning of it" }],
  options: [
    {
      name: "canary",
      value: "PERCENT",
      help: "share of the mandates, 1 to 50; all of them when it is not given",
    },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate release promote Jq3", "tokens of production are minted for it from now on"],
    [
      "narrowgate release promote Jq3 --canary 10",
      "for one mandate in ten, until it is promoted whole or rolled back",
    ],
  ],
  async run(call) {
    const share = shareOf(call.text("canary"));
    const found = await findRelease(call);
    const admin = await openAdmin(call);
    const path = `/releases/${encodeURIComponent(textAt(found, "id"))}/promote`;
    const answer = await admin.attempt("POST", path, share === undefined ? undefined : { canary: share });
    if (answer.kind === "refused") throw await withUnheld(admin, answer.error, textsAt(found, "missing"));
    const done = answer.body;
    const whose = share === undefined ? "" : ` for ${share} % of its mandates`;
    return {
      json: done,
      lines: [`in force${whose}: ${textAt(done, "agent")}, deployment ${textAt(done, "deployment")}`],
    };
  },
};

/** `narrowgate release rollback` */
export const releaseRollback: CommandSpec = {
  path: ["release", "rollback"],
  summary: "revoke the release in force with its tokens, and go back to the last good one",
  details: [
    "Where a canary stands beside it, the canary is taken back and nothing else; its mandates go on under the release beside it.",
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
