import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Assumptions,
  buildReport,
  catalogue,
  formatHtml,
  formatOscal,
  formatText,
  type ReadinessReport,
  readAssumptions,
} from "@narrowgate/assurance";
import { PROFILE_NAMES, parseReadinessFacts, type ReadinessFacts } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, NarrowgateError, utf8 } from "@narrowgate/kernel";
import { readYaml } from "@narrowgate/policy/yaml";
import { openAdmin } from "../admin/admin-client.ts";
import { asObject, objectsAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { writeBytes } from "../evidence/write-bytes.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTime } from "../terminal/format-time.ts";
import { withProgress } from "../terminal/progress.ts";

/** The first evaluation after a start reads the whole log: minutes where it has millions of transactions. */
const FIRST_TAKES_MS = 3_600_000;
const FORMATS = ["text", "json", "html", "oscal"] as const;
type Format = (typeof FORMATS)[number];

function oneOf<T extends string>(call: Call, option: string, values: readonly T[]): T | undefined {
  const given = call.text(option);
  const found = values.find((value) => value === given);
  if (given !== undefined && found === undefined)
    throw new NarrowgateError("usage", `--${option} is one of ${values.join(", ")}`);
  return found;
}

/**
 * Says how much was drilled since an evaluation: that stands in no row of it, and its verdicts know nothing of it.
 * @param answer - of `/drills`
 * @returns undefined when nothing was
 */
export function newerDrills(
  answer: JsonObject,
  { log, at }: Pick<ReadinessFacts["evaluation"], "log" | "at">,
): string | undefined {
  const isNewer = ({ index, result }: JsonObject): boolean =>
    Number(index) >= log.size && asObject(result).build === answer.build;
  const newer = objectsAt(answer, "drills").filter(isNewer).length;
  if (newer === 0) return undefined;
  const are = newer === 1 ? "1 drill result is" : `${newer} drill results are`;
  return `${are} newer than this evaluation of ${formatTime(at)} UTC and not in it; without --newest the agent is evaluated again`;
}

async function factsFor(call: Call): Promise<ReadinessFacts> {
  const admin = await openAdmin(call);
  const profile = oneOf(call, "profile", PROFILE_NAMES);
  const path = `/readiness/${encodeURIComponent(call.argument(0))}`;
  const query = profile === undefined ? "" : `?profile=${profile}`;
  const asked = call.flag("newest")
    ? admin.read(`${path}${query}`)
    : admin.send("POST", path, profile === undefined ? {} : { profile }, FIRST_TAKES_MS);
  const facts = parseReadinessFacts(await withProgress(call.terminal, "evaluating all controls", asked));
  const newer = call.flag("newest") ? newerDrills(await admin.read("/drills"), facts.evaluation) : undefined;
  if (newer !== undefined) call.terminal.note(newer);
  return facts;
}

async function assumptionsFor(call: Call): Promise<Assumptions | undefined> {
  const file = call.text("economics");
  if (file === undefined) return undefined;
  const path = resolve(call.directory, file);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new NarrowgateError("not_found", `${path} cannot be read`, { cause });
  });
  try {
    return readAssumptions(readYaml(text, path));
  } catch (cause) {
    if (!isNarrowgateError(cause)) throw cause;
    throw new NarrowgateError(cause.code, `${file}: ${cause.publicMessage}`, { cause });
  }
}

function textOf(report: ReadinessReport, format: Format, call: Call): readonly string[] {
  if (format === "json") return JSON.stringify(report, null, 2).split("\n");
  if (format === "oscal") return JSON.stringify(formatOscal(report), null, 2).split("\n");
  if (format === "html") return formatHtml(report).trimEnd().split("\n");
  const { width, colour, paint } = call.terminal;
  const toFile = call.text("output") !== undefined;
  return formatText(report, { width, paint: (tone, text) => (colour && !toFile ? paint(tone, text) : text) });
}

async function toFile(call: Call, name: string, lines: readonly string[]): Promise<readonly string[]> {
  const file = resolve(call.directory, name);
  const bytes = utf8(`${lines.join("\n")}\n`);
  await writeBytes(file, bytes);
  return [`${file}: ${bytes.length} bytes`];
}

async function run(call: Call): Promise<Outcome> {
  const format = oneOf(call, "format", FORMATS) ?? "text";
  const assumptions = await assumptionsFor(call);
  const report = buildReport(catalogue, await factsFor(call), assumptions);
  const exit = report.isReady ? 0 : 1;
  const json = format === "oscal" ? formatOscal(report) : JSON.parse(JSON.stringify(report));
  const lines = textOf(report, format, call);
  const file = call.text("output");
  if (file === undefined) return { json, lines, exit };
  return { json, lines: [...(await toFile(call, file, lines)), report.headline], exit };
}

/** `narrowgate readiness` */
export const readiness: CommandSpec = {
  path: ["readiness"],
  summary: "evaluate all controls for an agent, and report how ready it is and why",
  details: [
    "Verdict by control, findings, drills, granted against used, a reviewer's questions, clauses of frameworks. The",
    "evaluation goes on record. Exit code 0 only when nothing that blocks under the profile is left, else 1.",
    "A file of --economics declares currency, value_per_task, build_cost, run_cost_per_month and, where there are such,",
    "cost_per_call and approver_cost_per_hour: they are printed as assumptions beside what was measured.",
  ],
  arguments: [{ name: "AGENT", help: "id of the agent" }],
  options: [
    { name: "format", value: "FORMAT", help: "text, json, html or oscal; text when not given" },
    { name: "output", value: "FILE", help: "file to write; it must not exist" },
    { name: "profile", value: "NAME", help: "foundation or full; what the deployment names when not given" },
    { name: "economics", value: "FILE", help: "assumptions about value and cost, YAML" },
    { name: "newest", help: "report the newest evaluation since the start, and evaluate nothing" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate readiness desk-refund", "what keeps it back comes first among the findings"],
    [
      "narrowgate readiness desk-refund --format html -o report.html",
      "one page without script, for a screen or for paper",
    ],
    ["narrowgate readiness desk-refund --format oscal -o results.json", "OSCAL assessment results"],
  ],
  run,
};
