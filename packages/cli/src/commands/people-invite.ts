import { ROLES } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { asObject, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTime } from "../terminal/format-time.ts";

/** The roles as typed: names separated by commas. */
export function rolesOf(call: Call): readonly string[] {
  return (call.text("role") ?? "")
    .split(",")
    .map((role) => role.trim())
    .filter((role) => role !== "");
}

function invited(answer: JsonObject): Outcome {
  const person = asObject(answer.person);
  const [code, address] = [textAt(answer, "code"), textAt(answer, "address")];
  const where =
    address === ""
      ? ["no page to make a passkey on: set approvals in the configuration"]
      : [
          `code: ${code}, good once, until ${formatTime(answer.expires_at_ms)}, at ${address}`,
          `or as a link, for her alone: ${address}#${code}`,
        ];
  return {
    json: answer,
    lines: [`${cleanText(textAt(person, "name"), 128)} is ${textAt(person, "ref")}`, ...where],
  };
}

/** `narrowgate people invite` */
export const peopleInvite: CommandSpec = {
  path: ["people", "invite"],
  summary: "enrol a person, and make a one-time code by which she makes a passkey",
  details: ["The code is for her eyes: whoever types it first makes the passkey that counts as hers."],
  arguments: [{ name: "NAME", help: "name of the person" }],
  options: [
    ...INSTANCE_OPTIONS,
    { name: "role", value: "ROLES", required: true, help: `roles, separated by commas: ${ROLES.join(", ")}` },
    { name: "identity", value: "ISSUER#SUB", repeats: true, help: "an account that is hers" },
  ],
  examples: [
    ["narrowgate people invite 'Grace Hopper' --role approver", "prints a code, good for fifteen minutes"],
    [
      "narrowgate people invite Lee --role approver,security --identity https://idp.example#00u1",
      "the account at the identity provider is the same person",
    ],
  ],
  async run(call) {
    const name = call.argument(0).trim();
    if (name === "") throw new NarrowgateError("usage", "give the name of the person");
    const admin = await openAdmin(call);
    const body = { name, roles: rolesOf(call), identities: call.list("identity") };
    return invited(await admin.send("POST", "/people", body));
  },
};

/** `narrowgate people code` */
export const peopleCode: CommandSpec = {
  path: ["people", "code"],
  summary: "make a one-time code by which a person makes a further passkey, or a new one for those she lost",
  arguments: [{ name: "REF", help: "ref of the person, from `people list`" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate people code Jq3...", "signed by you, and on record"]],
  async run(call) {
    const admin = await openAdmin(call);
    return invited(await admin.send("POST", `/people/${encodeURIComponent(call.argument(0))}/codes`, {}));
  },
};
