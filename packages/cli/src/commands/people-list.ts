import type { JsonObject } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt, textsAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

function roles(person: JsonObject): string {
  return textsAt(person, "roles").join(",") || "none";
}

/** `narrowgate people list` */
export const peopleList: CommandSpec = {
  path: ["people", "list"],
  summary: "list who may sign in and approve",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate people list", "names, refs, roles and how many passkeys"]],
  async run(call) {
    const admin = await openAdmin(call);
    const people = objectsAt(await admin.read("/people"), "people");
    const rows = people.map((person) => [
      cleanText(textAt(person, "name"), 64),
      textAt(person, "ref"),
      roles(person),
      String(objectsAt(person, "passkeys").length),
      formatTime(person.enrolled_at_ms),
    ]);
    const lines =
      rows.length === 0
        ? ["Nobody is enrolled yet: narrowgate people invite NAME --role approver"]
        : formatTable(["NAME", "REF", "ROLES", "PASSKEYS", "ENROLLED"], rows);
    return { json: { people }, lines };
  },
};

/** `narrowgate people show` */
export const peopleShow: CommandSpec = {
  path: ["people", "show"],
  summary: "show a person: roles, linked accounts, passkeys",
  arguments: [{ name: "REF", help: "ref of the person, from `people list`" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate people show Jq3...", "a passkey of a browser test says virtual"]],
  async run(call) {
    const admin = await openAdmin(call);
    const person = await admin.read(`/people/${encodeURIComponent(call.argument(0))}`);
    const passkeys = objectsAt(person, "passkeys").map((passkey) => [
      textAt(passkey, "credential"),
      cleanText(textAt(passkey, "authenticator"), 64),
      textAt(passkey, "rp_id"),
      formatTime(passkey.added_at_ms),
    ]);
    const accounts = textsAt(person, "identities").map((identity) => `account ${cleanText(identity, 256)}`);
    return {
      json: person,
      lines: [
        `${cleanText(textAt(person, "name"), 128)} (${textAt(person, "ref")})`,
        `roles: ${roles(person)}`,
        ...accounts,
        ...(passkeys.length === 0
          ? ["no passkey yet"]
          : formatTable(["PASSKEY", "AUTHENTICATOR", "FOR", "ADDED"], passkeys)),
      ],
    };
  },
};
