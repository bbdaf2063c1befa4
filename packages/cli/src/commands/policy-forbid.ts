import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";
import { REASON_OPTION, reasonOf } from "./agent-lifecycle.ts";

const units: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

function secondsOf(text: string): number {
  const [, count = "", unit = ""] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (units[unit] ?? 0);
  if (seconds >= 1 && seconds <= 604_800) return seconds;
  throw new NarrowgateError("usage", "--for is 30m, 4h or 2d, and at most 7d");
}

function isStanding(one: JsonObject): boolean {
  return textAt(one, "state") === "in_force";
}

/** `narrowgate policy forbid` */
export const policyForbid: CommandSpec = {
  path: ["policy", "forbid"],
  summary: "forbid something at once, over every release, for a while",
  details: [
    "The file holds Cedar policies that only forbid. One operator puts it, no release is needed and none drifts; it can take",
    "away and give nothing. It ends by the clock, or with `policy lift`.",
  ],
  options: [
    { name: "file", value: "FILE", required: true, help: "Cedar policies, each with an @id of its own" },
    { name: "for", value: "TIME", required: true, help: "how long it stands: 30m, 4h, 2d; at most 7d" },
    REASON_OPTION,
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      'narrowgate policy forbid --file no-refunds.cedar --for 4h --reason "wrong refunds"',
      "from the next decision on",
    ],
  ],
  async run(call) {
    const body = {
      text: await readFile(resolve(call.directory, call.text("file") ?? ""), "utf8"),
      for_s: secondsOf(call.text("for") ?? ""),
      reason: reasonOf(call.text("reason")),
    };
    const admin = await openAdmin(call);
    const done = await admin.send("POST", "/overlays", body);
    return {
      json: done,
      lines: [
        `in force until ${formatTime(done.until)}, over every release: ${textAt(done, "id")}`,
        `to end it before: narrowgate policy lift ${textAt(done, "id")}`,
      ],
    };
  },
};

/** `narrowgate policy overlays` */
export const policyOverlays: CommandSpec = {
  path: ["policy", "overlays"],
  summary: "list what is forbidden over every release, and what was until lately",
  options: INSTANCE_OPTIONS,
  examples: [
    ["narrowgate policy overlays", "newest first, with who put it and why; --json has the policies"],
  ],
  async run(call) {
    const admin = await openAdmin(call);
    const all = objectsAt(await admin.read("/overlays"), "overlays");
    const rows = all.map((one) => [
      textAt(one, "id"),
      isStanding(one) ? "in force" : "over",
      formatTime(one.until),
      cleanText(textAt(one, "by"), 64),
      cleanText(textAt(one, "reason"), 80),
    ]);
    const lines =
      rows.length === 0
        ? ["nothing was forbidden over the releases"]
        : formatTable(["ID", "STATE", "UNTIL", "BY", "REASON"], rows);
    return { json: { overlays: [...all] }, lines };
  },
};

/** The one that stands and whose id begins like that. */
async function standing(call: Call): Promise<string> {
  const admin = await openAdmin(call);
  const found = objectsAt(await admin.read("/overlays"), "overlays").filter(
    (one) => isStanding(one) && textAt(one, "id").startsWith(call.argument(0)),
  );
  const [one] = found;
  if (one === undefined) throw new NarrowgateError("not_found", "no such overlay is in force");
  if (found.length > 1)
    throw new NarrowgateError("usage", "several overlays begin like that; give more of the id");
  return textAt(one, "id");
}

/** `narrowgate policy lift` */
export const policyLift: CommandSpec = {
  path: ["policy", "lift"],
  summary: "take away before its end what `policy forbid` put over every release",
  arguments: [{ name: "ID", help: "id of the overlay, or the beginning of it" }],
  options: [REASON_OPTION, ...INSTANCE_OPTIONS],
  examples: [['narrowgate policy lift Jq3 --reason "the tool was mended"', "from the next decision on"]],
  async run(call) {
    const id = await standing(call);
    const admin = await openAdmin(call);
    const reason = reasonOf(call.text("reason"));
    const done = await admin.send("POST", `/overlays/${encodeURIComponent(id)}/lift`, { reason });
    return { json: done, lines: [`lifted: ${id}`] };
  },
};
