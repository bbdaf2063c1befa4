import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTable } from "../terminal/format-table.ts";

/** `narrowgate log witnesses` */
export const logWitnesses: CommandSpec = {
  path: ["log", "witnesses"],
  summary: "list who is asked to cosign the heads of the log",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate log witnesses", "addresses and keys"]],
  async run(call) {
    const admin = await openAdmin(call);
    const witnesses = objectsAt(await admin.read("/witnesses"), "witnesses");
    const rows = witnesses.map((witness) => [textAt(witness, "url"), textAt(witness, "key")]);
    const lines =
      rows.length === 0
        ? [
            "No witness yet: you alone could rewrite this log unseen. Run one elsewhere: narrowgate log add-witness",
          ]
        : formatTable(["URL", "KEY"], rows);
    return { json: { witnesses }, lines };
  },
};

/** `narrowgate log add-witness` */
export const logAddWitness: CommandSpec = {
  path: ["log", "add-witness"],
  summary: "ask a further witness to cosign the heads of the log",
  arguments: [
    { name: "URL", help: "address of the witness" },
    { name: "KEY", help: "its verifier key, C2SP signed-note form" },
  ],
  options: INSTANCE_OPTIONS,
  examples: [
    ["narrowgate log add-witness https://witness.example witness.example+1a2b3c4d+BF...", "from now on"],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const added = await admin.send("POST", "/witnesses", { url: call.argument(0), key: call.argument(1) });
    return { json: added, lines: [`${call.argument(0)} is asked from now on`] };
  },
};
