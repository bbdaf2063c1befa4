import { type JsonObject, NarrowgateError, randomId } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { asObject, objectsAt, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

const DAY_MS = 86_400_000;
const MAX_DAYS = 30;
const ID = { name: "ID", help: "id of the waiver, from `waiver list`, or the beginning of it" };

function daysOf(call: Call): number {
  const days = Number(call.text("days") ?? "14");
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS)
    throw new NarrowgateError("usage", `--days is a whole number from 1 to ${MAX_DAYS}`);
  return days;
}

function lineOf(kept: JsonObject): string {
  const waiver = asObject(kept.waiver);
  const [control, agent] = [textAt(waiver, "control"), cleanText(textAt(waiver, "agent"), 64)];
  return `waiver ${textAt(waiver, "id")} of ${control} for ${agent}: ${textAt(kept, "state")}, until ${formatTime(waiver.until)}`;
}

/** `narrowgate waiver ask` */
export const waiverAsk: CommandSpec = {
  path: ["waiver", "ask"],
  summary: "ask to let a control go for a while; it counts once another operator agreed",
  details: [
    "Thirty days at most, and never of the sixteen controls that nobody can waive. It counts only while the control that",
    "stands in for it passes.",
  ],
  arguments: [
    { name: "CONTROL", help: "id of the control, such as EVD-05" },
    { name: "AGENT", help: "id of the agent" },
  ],
  options: [
    { name: "owner", value: "NAME", required: true, help: "who answers for it" },
    { name: "reason", value: "TEXT", required: true, help: "why; goes on record" },
    { name: "compensating", value: "CONTROL", required: true, help: "control that stands in; it must pass" },
    { name: "days", value: "N", help: "1 to 30; 14 when not given" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      'narrowgate waiver ask POL-04 desk-refund --owner ona --reason "new tools" --compensating DEL-01',
      "another operator then agrees to it",
    ],
  ],
  async run(call) {
    const from = Date.now();
    const admin = await openAdmin(call);
    const kept = await admin.send("POST", "/waivers", {
      format: "narrowgate-waiver/1",
      id: randomId(),
      control: call.argument(0),
      agent: call.argument(1),
      owner: call.text("owner") ?? "",
      reason: call.text("reason") ?? "",
      compensating: call.text("compensating") ?? "",
      from,
      until: from + daysOf(call) * DAY_MS,
    });
    return { json: kept, lines: [lineOf(kept)] };
  },
};

/** The one waiver whose id begins like that. @throws `not_found`, `usage` when several do */
async function findWaiver(call: Call): Promise<string> {
  const admin = await openAdmin(call);
  const ids = objectsAt(await admin.read("/waivers"), "waivers").map((kept) =>
    textAt(asObject(kept.waiver), "id"),
  );
  const found = ids.filter((id) => id.startsWith(call.argument(0)));
  const [one] = found;
  if (one === undefined)
    throw new NarrowgateError("not_found", "no such waiver; `narrowgate waiver list` has those there are");
  if (found.length > 1)
    throw new NarrowgateError("usage", "several waivers begin like that; give more of the id");
  return one;
}

async function change(call: Call, verb: "agree" | "end"): Promise<Outcome> {
  const id = await findWaiver(call);
  const admin = await openAdmin(call);
  const kept = await admin.send("POST", `/waivers/${encodeURIComponent(id)}/${verb}`);
  return { json: kept, lines: [lineOf(kept)] };
}

/** `narrowgate waiver agree` */
export const waiverAgree: CommandSpec = {
  path: ["waiver", "agree"],
  summary: "agree to a waiver that another operator asked for",
  arguments: [ID],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate waiver agree Jq3", "it counts from now on"]],
  run: (call) => change(call, "agree"),
};

/** `narrowgate waiver end` */
export const waiverEnd: CommandSpec = {
  path: ["waiver", "end"],
  summary: "end a waiver before its time",
  arguments: [ID],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate waiver end Jq3", "the control counts again at once"]],
  run: (call) => change(call, "end"),
};

/** `narrowgate waiver list` */
export const waiverList: CommandSpec = {
  path: ["waiver", "list"],
  summary: "list waivers: of which control, for whom, until when, and why",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate waiver list", "what was asked and not agreed to does not count"]],
  async run(call) {
    const admin = await openAdmin(call);
    const waivers = objectsAt(await admin.read("/waivers"), "waivers");
    const rows = waivers.map((kept) => {
      const waiver = asObject(kept.waiver);
      const names = ["id", "control", "agent", "owner", "compensating"];
      const cells = names.map((name) => cleanText(textAt(waiver, name), 64));
      return [
        ...cells,
        textAt(kept, "state"),
        formatTime(waiver.until),
        cleanText(textAt(waiver, "reason"), 64),
      ];
    });
    const head = ["ID", "CONTROL", "AGENT", "OWNER", "INSTEAD", "STATE", "UNTIL", "REASON"];
    const lines = rows.length === 0 ? ["No control is waived."] : formatTable(head, rows);
    return { json: { waivers: [...waivers] }, lines };
  },
};
