import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { textsAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { rolesOf } from "./people-invite.ts";

const REF = { name: "REF", help: "ref of the person, from `people list`" } as const;

function personPath(call: Call): string {
  return `/people/${encodeURIComponent(call.argument(0))}`;
}

/** `narrowgate people roles` */
export const peopleRoles: CommandSpec = {
  path: ["people", "roles"],
  summary: "give a person other roles",
  arguments: [REF],
  options: [
    ...INSTANCE_OPTIONS,
    {
      name: "role",
      value: "ROLES",
      help: "roles she has from now on, separated by commas; none when absent",
    },
  ],
  examples: [["narrowgate people roles Jq3... --role approver,compliance", "instead of those she had"]],
  async run(call) {
    const admin = await openAdmin(call);
    const person = await admin.send("POST", personPath(call), { roles: rolesOf(call) });
    return { json: person, lines: [`roles: ${textsAt(person, "roles").join(",") || "none"}`] };
  },
};

/** `narrowgate people link` */
export const peopleLink: CommandSpec = {
  path: ["people", "link"],
  summary: "say which accounts are a person's: all of them, those that are not given end",
  arguments: [REF],
  options: [
    ...INSTANCE_OPTIONS,
    { name: "identity", value: "ISSUER#SUB", repeats: true, help: "an account that is hers" },
  ],
  examples: [
    ["narrowgate people link Jq3... --identity https://idp.example#00u1", "one account, and no other"],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const person = await admin.send("POST", personPath(call), { identities: call.list("identity") });
    const accounts = textsAt(person, "identities").map((identity) => `account ${cleanText(identity, 256)}`);
    return { json: person, lines: accounts.length === 0 ? ["no accounts"] : accounts };
  },
};

/** `narrowgate people remove` */
export const peopleRemove: CommandSpec = {
  path: ["people", "remove"],
  summary: "remove a person with all passkeys; her sessions end and she approves nothing any more",
  arguments: [REF],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate people remove Jq3...", "what she signed before stays on record"]],
  async run(call) {
    const admin = await openAdmin(call);
    const removed = await admin.send("DELETE", personPath(call));
    return { json: removed, lines: [`${call.argument(0)} is removed`] };
  },
};

/** `narrowgate people remove-passkey` */
export const peopleRemovePasskey: CommandSpec = {
  path: ["people", "remove-passkey"],
  summary: "remove one passkey of a person, as when a device is lost",
  arguments: [REF, { name: "PASSKEY", help: "the passkey, from `people show`" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate people remove-passkey Jq3... 8fX...", "a new one: narrowgate people code Jq3..."]],
  async run(call) {
    const passkey = call.argument(1);
    if (passkey === "") throw new NarrowgateError("usage", "give the passkey");
    const admin = await openAdmin(call);
    const path = `${personPath(call)}/passkeys/${encodeURIComponent(passkey)}`;
    return { json: await admin.send("DELETE", path), lines: [`${passkey} is removed`] };
  },
};
