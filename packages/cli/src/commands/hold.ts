import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type AdminClient, openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, OptionSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";
import { REASON_OPTION, reasonOf } from "./agent-lifecycle.ts";

/** Nobody holds or lets go without saying why. */
const WHY: OptionSpec = { ...REASON_OPTION, required: true };

function instant(call: Call, option: string): number {
  const text = call.text(option) ?? "";
  const at = Date.parse(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(at) && at >= 0) return at;
  throw new NarrowgateError(
    "usage",
    `--${option} is a date or an instant, as in 2026-11-01 or 2026-11-01T08:00:00Z`,
  );
}

/** What `--txn`, `--agent`, `--person` or `--from` with `--to` say. @throws `usage` */
function scopeOf(call: Call): JsonObject {
  const named = ["txn", "agent", "person"].flatMap((name) => {
    const value = call.text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const isTime = call.text("from") !== undefined || call.text("to") !== undefined;
  if (named.length + (isTime ? 1 : 0) !== 1)
    throw new NarrowgateError(
      "usage",
      "one of --txn, --agent, --person, or --from with --to says what is held",
    );
  return isTime
    ? { time: { from: instant(call, "from"), to: instant(call, "to") } }
    : Object.fromEntries(named);
}

/** `narrowgate hold add` */
export const holdAdd: CommandSpec = {
  path: ["hold", "add"],
  summary: "place a legal hold: nothing of what it is over is erased while it stands",
  details: [
    "It is over a transaction, over all an agent took part in, over all a person handed over, or over all that happened in a",
    "time. It keeps what is sealed from retention and from `erase` alike, and is on record with who placed it.",
  ],
  options: [
    { name: "txn", value: "ID", help: "a transaction" },
    { name: "agent", value: "ID", help: "an agent" },
    { name: "person", value: "SUBJECT", help: "a subject, as mandates name it" },
    { name: "from", value: "TIME", help: "with --to: beginning of a time" },
    { name: "to", value: "TIME", help: "end of it" },
    WHY,
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      'narrowgate hold add --agent desk-refund --reason "claim 12 of 2026"',
      "whatever it took part in, later too",
    ],
    ['narrowgate hold add --from 2026-10-01 --to 2026-11-01 --reason "inquiry"', "a month"],
  ],
  async run(call) {
    const body = { ...scopeOf(call), reason: reasonOf(call.text("reason")) };
    const admin = await openAdmin(call);
    const done = await admin.send("POST", "/holds", body);
    const id = textAt(done, "id");
    return { json: done, lines: [`held: ${id}`, `to end it: narrowgate hold end ${id} --reason ...`] };
  },
};

function scopeWords(one: JsonObject): string {
  if (textAt(one, "kind") === "time") return `${formatTime(one.from)} to ${formatTime(one.to)}`;
  return `${textAt(one, "kind")} ${cleanText(textAt(one, "name"), 96)}`;
}

const listed = async (admin: AdminClient): Promise<readonly JsonObject[]> =>
  objectsAt(await admin.read("/holds"), "holds");

/** `narrowgate hold list` */
export const holdList: CommandSpec = {
  path: ["hold", "list"],
  summary: "list legal holds, those that have ended too",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate hold list", "newest first, with who placed it and why"]],
  async run(call) {
    const holds = await listed(await openAdmin(call));
    const rows = holds.map((one) => [
      textAt(one, "id"),
      textAt(one, "state"),
      scopeWords(one),
      cleanText(textAt(one, "by"), 64),
      formatTime(one.at),
      cleanText(textAt(one, "state") === "ended" ? textAt(one, "ended_reason") : textAt(one, "reason"), 80),
    ]);
    const lines =
      rows.length === 0
        ? ["nothing is held"]
        : formatTable(["ID", "STATE", "OVER", "BY", "SINCE", "REASON"], rows);
    return { json: { holds: [...holds] }, lines };
  },
};

async function standing(call: Call, admin: AdminClient): Promise<string> {
  const found = (await listed(admin)).filter(
    (one) => textAt(one, "state") === "stands" && textAt(one, "id").startsWith(call.argument(0)),
  );
  const [one] = found;
  if (one === undefined)
    throw new NarrowgateError("not_found", "no such hold stands; `narrowgate hold list` has all");
  if (found.length > 1)
    throw new NarrowgateError("usage", "several holds begin like that; give more of the id");
  return textAt(one, "id");
}

/** `narrowgate hold end` */
export const holdEnd: CommandSpec = {
  path: ["hold", "end"],
  summary: "end a legal hold; what its time is over for may be erased from then on",
  arguments: [{ name: "ID", help: "id of the hold, or the beginning of it" }],
  options: [WHY, ...INSTANCE_OPTIONS],
  examples: [['narrowgate hold end Jq3 --reason "the claim was settled"', "stays on record as ended"]],
  async run(call) {
    const reason = reasonOf(call.text("reason"));
    const admin = await openAdmin(call);
    const id = await standing(call, admin);
    const done = await admin.send("POST", `/holds/${encodeURIComponent(id)}/end`, { reason });
    return { json: done, lines: [`ended: ${id}`] };
  },
};
