import type { JsonObject } from "@narrowgate/kernel";
import { NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { asObject, objectsAt, textAt, textsAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { listDrills } from "../drills/driver-process.ts";
import { verdictWords } from "../drills/result-line.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

interface Recorded {
  readonly build: string;
  /** Newest result of each drill. */
  readonly newest: ReadonlyMap<string, JsonObject>;
}

function readRecorded(answer: JsonObject): Recorded {
  const rows = objectsAt(answer, "drills").map((row): [string, JsonObject] => [
    textAt(asObject(row.result), "drill"),
    row,
  ]);
  return { build: textAt(answer, "build"), newest: new Map(rows) };
}

function verdictOf(row: JsonObject | undefined, build: string): string {
  const result = asObject(row?.result);
  if (row === undefined) return "never run";
  const words = verdictWords(textAt(result, "verdict"));
  return textAt(result, "build") === build ? words : `${words} (another build)`;
}

/** `narrowgate drill list` */
export const drillList: CommandSpec = {
  path: ["drill", "list"],
  summary: "list drills, and what each came to when it was last run",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate drill list", "a result of another build does not count for this one, and says so"]],
  async run(call) {
    const admin = await openAdmin(call);
    const { build, newest } = readRecorded(await admin.read("/drills"));
    const drills = await listDrills();
    const rows = drills.map((drill) => {
      const id = textAt(drill, "id");
      const row = newest.get(id);
      const result = asObject(row?.result);
      const trials = row === undefined ? "" : `${textAt(result, "failures")}/${textAt(result, "trials")}`;
      const says = drill.runs === true ? verdictOf(row, build) : `absent: ${textAt(drill, "absent")}`;
      return [id, cleanText(textAt(drill, "name"), 40), textAt(result, "load"), trials, cleanText(says, 100)];
    });
    const json = drills.map((drill) => ({ ...drill, newest: newest.get(textAt(drill, "id")) ?? null }));
    return {
      json: { build, drills: json },
      lines: formatTable(["ID", "DRILL", "LOAD", "FAILED/N", "NEWEST"], rows),
    };
  },
};

/** `narrowgate drill show` */
export const drillShow: CommandSpec = {
  path: ["drill", "show"],
  summary: "show the newest result of a drill: what was tried, what happened, what was simulated",
  arguments: [{ name: "NAME", help: "id of the drill, such as DR-02" }],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate drill show DR-02", "with the bound that no failure in so many trials supports"]],
  async run(call) {
    const admin = await openAdmin(call);
    const { newest } = readRecorded(await admin.read("/drills"));
    const row = newest.get(call.argument(0).toUpperCase());
    if (row === undefined) throw new NarrowgateError("not_found", "that drill has no result on record here");
    return { json: row, lines: linesOf(row) };
  },
};

/** What the result claims to be about (C-20). */
function aboutOf(result: JsonObject): string {
  if (result.release === undefined) return "about: the plane, whatever is released on it";
  const whom = result.agent === undefined ? "the plane beside it" : cleanText(textAt(result, "agent"), 128);
  return `about: release ${cleanText(textAt(result, "release"), 64)}; attacked: ${whom}`;
}

function linesOf(row: JsonObject): readonly string[] {
  const result = asObject(row.result);
  const text = (name: string): string => cleanText(textAt(result, name), 400);
  const unmet = result.unmet === undefined ? [] : [`because: ${text("unmet")}`];
  const each = (name: string, word: string): readonly string[] =>
    textsAt(result, name).map((one) => `${word}: ${cleanText(one, 400)}`);
  return [
    `${text("drill")}: ${verdictWords(textAt(result, "verdict"))}, ${text("failures")} failures in ${text("trials")} trials, bound ${text("bound")}`,
    ...unmet,
    aboutOf(result),
    `expected: ${text("expected")}`,
    `load ${text("load")}: ${text("calls_per_s")} governed calls a second beside it; seed ${text("seed")}`,
    `from ${formatTime(result.started)} until ${formatTime(result.ended)} UTC`,
    `figures: ${cleanText(JSON.stringify(result.figures), 1000)}`,
    ...each("observed", "seen"),
    ...each("simulated", "simulated"),
    `build ${text("build")}, scenario ${text("scenario")}, leaf ${textAt(row, "entry")}`,
  ];
}
