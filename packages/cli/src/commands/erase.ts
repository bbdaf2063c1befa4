import { SEALED_PARTS } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { textAt, textsAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { withProgress } from "../terminal/progress.ts";

/** All transactions on record are looked through for those of a person. */
const PATIENCE_MS = 3_600_000;
const exitLeft = 3;

function bodyOf(call: Call): JsonObject {
  const [txn, person] = [call.text("txn"), call.text("person")];
  if ((txn === undefined) === (person === undefined))
    throw new NarrowgateError("usage", "either --txn or --person says what to erase");
  const parts = [...call.list("part")];
  const unknown = parts.find((part) => SEALED_PARTS.every((known) => known !== part));
  if (unknown !== undefined)
    throw new NarrowgateError("usage", `--part is one of ${SEALED_PARTS.join(", ")}`);
  if (!call.flag("yes")) throw new NarrowgateError("usage", "what is erased does not come back; say --yes");
  return {
    ...(txn === undefined ? {} : { txn }),
    ...(person === undefined ? {} : { person }),
    parts,
    rule: call.text("rule") ?? "on-request",
  };
}

function told(done: JsonObject): { readonly lines: readonly string[]; readonly exit: number } {
  if (textAt(done, "txn") !== "") {
    const parts = textsAt(done, "parts");
    const line = parts.length === 0 ? "nothing was left to erase" : `erased: ${parts.join(", ")}`;
    return { lines: [line], exit: 0 };
  }
  const [erased, held, open] = ["erased", "held", "open"].map((name) => Number(textAt(done, name)));
  const left = (held ?? 0) + (open ?? 0);
  const lines = [
    `transactions erased: ${erased}`,
    `left, under a hold: ${held}`,
    ...(open === 0 ? [] : [`left, not ended: ${open}`]),
  ];
  return { lines, exit: left > 0 ? exitLeft : 0 };
}

/** `narrowgate erase` */
export const erase: CommandSpec = {
  path: ["erase"],
  summary: "erase what is sealed of a transaction, or of all that a person handed over and that has ended",
  details: [
    "The leaves stay, so that the log still verifies; what was sealed beside them goes for good, and that it went is on",
    "record with who asked and under which rule. What is under a hold is refused, or left and counted: exit code 3 where",
    "anything was left. Copies of the store that were made before, and packs that were exported, are yours to erase.",
  ],
  options: [
    { name: "txn", value: "ID", help: "id of the transaction, which has ended" },
    { name: "person", value: "SUBJECT", help: "a subject, as mandates name it" },
    {
      name: "part",
      value: "PART",
      repeats: true,
      help: "content, inputs or proof; all three when not given",
    },
    {
      name: "rule",
      value: "NAME",
      help: "by what right, public: letters, digits, dots and dashes; on-request when not given",
    },
    { name: "yes", help: "yes, for good" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      "narrowgate erase --txn ID --part content --yes",
      "arguments, results and names go; decisions still recompute",
    ],
    ["narrowgate erase --person https://idp.example#ada --rule gdpr.art-17 --yes", "all she handed over"],
  ],
  async run(call) {
    const body = bodyOf(call);
    const admin = await openAdmin(call);
    const asked = admin.send("POST", "/erasures", body, PATIENCE_MS);
    const done = await withProgress(call.terminal, "erasing", asked);
    return { json: done, ...told(done) };
  },
};
