import type { ControlVerdict } from "@narrowgate/contracts";
import {
  fallsShort,
  type ReadinessReport,
  type ReportedControl,
  type ReportedDrill,
} from "./build-report.ts";
import type { Figure } from "./economics.ts";
import { weightOf } from "./weight-of.ts";

/** What a colour says; the words always say it too. */
export type Paint = (tone: "good" | "bad" | "warn" | "faint" | "strong", text: string) => string;

/** How wide lines may be, in characters, and how they are coloured. */
export type TextOptions = { readonly width: number; readonly paint: Paint };

const words: Readonly<Record<ControlVerdict, string>> = {
  pass: "pass",
  fail: "FAIL",
  not_established: "not established",
  error: "ERROR",
  stale: "stale",
  not_applicable: "not applicable",
};

const tones = {
  pass: "good",
  fail: "bad",
  not_established: "warn",
  error: "bad",
  stale: "warn",
  not_applicable: "faint",
} as const;

/** Frameworks of the summary; the machine-readable formats have all. */
const SHOWN = ["ASI", "NHI", "AIRMF", "CSF", "80053", "MAESTRO"];
const LEAST_WIDTH = 40;

/**
 * The report for a terminal.
 * Trust: the report may hold text that others wrote; what could move a cursor is taken out of it.
 */
export function formatText(report: ReadinessReport, options: TextOptions): readonly string[] {
  const page = new Page(options);
  page.paragraph(report.headline, report.isReady ? "good" : "bad");
  head(page, report);
  controls(page, report);
  findings(page, report);
  drills(page, report);
  usage(page, report);
  questions(page, report);
  clauses(page, report);
  if (report.economics !== undefined) economics(page, report.economics);
  page.title("How far this goes");
  for (const says of report.limits) page.item("-", says);
  return page.lines;
}

/** Lines that are broken at blanks and hang behind what stands in front of them. */
class Page {
  readonly lines: string[] = [];
  readonly paint: Paint;
  readonly #width: number;

  constructor({ width, paint }: TextOptions) {
    this.#width = Math.max(LEAST_WIDTH, width);
    this.paint = paint;
  }

  title(text: string): void {
    this.lines.push("", this.paint("strong", text));
  }

  paragraph(text: string, tone: Parameters<Paint>[0]): void {
    for (const line of wrap(text, this.#width)) this.lines.push(this.paint(tone, line));
  }

  line(text: string): void {
    this.lines.push(text);
  }

  /** @param indent - characters in front of the text on its first line; later lines are indented by as many */
  item(front: string, text: string, indent: number = front.length + 1, tone?: Parameters<Paint>[0]): void {
    const broken = wrap(text, this.#width - indent);
    const safe = front.replace(unsafe, "?");
    const shown = tone === undefined ? safe : this.paint(tone, safe);
    const gap = " ".repeat(Math.max(1, indent - front.length));
    this.lines.push(`${shown}${gap}${broken[0] ?? ""}`.trimEnd());
    for (const more of broken.slice(1)) this.lines.push(" ".repeat(indent) + more);
  }
}

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Breaks a text at blanks. What would move a cursor or turn the direction of text is not let through. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of clean(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > width && line !== "") {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function clean(text: string): string {
  return text.replace(/\s+/g, " ").replace(unsafe, "?");
}

function when(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}

function head(page: Page, report: ReadinessReport): void {
  const { agent, counts, log, profile, maturity } = report;
  page.item("agent", `${agent.id}, tier ${agent.tier}, ${agent.state}, owner ${agent.owner}`, 12);
  page.item("instance", `${report.instance}, ${report.environment}`, 12);
  page.item("evaluated", `${when(report.at)} UTC, leaf ${report.entry}`, 12);
  page.item("log", `${log.origin}, ${log.size} leaves`, 12);
  page.item("release", report.release, 12);
  page.item("profile", `${profile.name} ${profile.version}: ${profile.controls} controls count`, 12);
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  page.item("controls", found.map(([name, count]) => `${count} ${name.replace("_", " ")}`).join(", "), 12);
  page.item("maturity", `${maturity.mean} of 5 on average over the controls that count`, 12);
}

function controls(page: Page, { families }: ReadinessReport): void {
  page.title("Controls");
  for (const { family, title, controls: some } of families) {
    page.line(page.paint("faint", `${family} ${title}`));
    for (const control of some) controlLine(page, control);
  }
}

function controlLine(page: Page, control: ReportedControl): void {
  const { id, title, verdict, waivedUntil, maturity, result } = control;
  const waived = waivedUntil === undefined ? "" : `, waived until ${when(waivedUntil).slice(0, 10)}`;
  const seen = `${result.decided} of ${result.population.count} decided`;
  const front = `  ${id} ${words[verdict]}`.padEnd(26);
  page.item(
    front,
    `${title}: ${seen}, level ${maturity.level}, ${weightOf(control)}${waived}`,
    27,
    tones[verdict],
  );
}

function findings(page: Page, report: ReadinessReport): void {
  page.title("Findings");
  if (report.findings.length === 0) page.line("none");
  for (const { control, severity, says, raise } of report.findings) {
    const more = raise === "" || raise === says ? "" : ` To raise it: ${raise}.`;
    page.item(
      `${control} ${severity}`.padEnd(14),
      `${says}.${more}`,
      15,
      severity === "blocks" ? "bad" : "warn",
    );
  }
}

function drill(page: Page, row: ReportedDrill): void {
  const { id, name, demanded, absent, result } = row;
  const asked = demanded === undefined ? "" : ` (${demanded.trials} trials at ${demanded.load} are demanded)`;
  if (result === undefined) {
    const why = absent === undefined ? "" : `: ${absent}`;
    page.item(`${id} no result`.padEnd(20), `${name}${asked}${why}`, 21, "warn");
    return;
  }
  const { verdict, failures, trials, bound, load, simulated } = result;
  const part = simulated.length === 0 ? "" : `; simulated: ${simulated.join("; ")}`;
  const isShort = fallsShort(row);
  const short = isShort ? ": too little to count" : "";
  const says = `${name}: ${failures} of ${trials} failed at ${load}, bound ${percent(bound)}${asked}${short}${part}`;
  const passed = isShort ? "warn" : "good";
  page.item(`${id} ${verdict.replace("_", " ")}`.padEnd(20), says, 21, verdict === "pass" ? passed : "bad");
}

function drills(page: Page, report: ReadinessReport): void {
  page.title("Drills");
  for (const row of report.drills) drill(page, row);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function usage(page: Page, { usage: used, work }: ReadinessReport): void {
  page.title("Granted and used");
  page.item(
    "-",
    `${used.used} of ${used.rows.length} operations were seen used; ${used.idleWrites} that change something were not. The operation of ${used.opened} of ${used.calls} calls was opened.`,
  );
  page.item(
    "-",
    `${work.closed} tasks ended, ${work.completed} with every call ended well; ${work.verified} were verified again, ${work.unverified} of them did not verify.`,
  );
  page.item(
    "-",
    `${work.refused} decisions refused; people were asked ${work.asked} times, signed ${work.approved} and declined ${work.declined}.`,
  );
  for (const { server, kind, name, effect, calls, last } of used.rows) {
    const seen = last === undefined ? "not seen used" : `${calls} calls, last ${when(last)}`;
    page.item(`  ${server}/${kind}/${name}`, `${effect}: ${seen}`);
  }
}

function questions(page: Page, report: ReadinessReport): void {
  page.title("A reviewer's questions");
  for (const { n, question, state, shown, open } of report.questions) {
    const tone = state === "answered" ? "good" : state === "in part" ? "warn" : "bad";
    page.item(`${String(n).padStart(2)} ${state}`.padEnd(16), question, 17, tone);
    const why = open.length === 0 ? "" : ` ${open.join("; ")}.`;
    page.item("", `${shown.join("; ")}.${why}`, 17);
  }
}

function clauses(page: Page, { frameworks, unverified }: ReadinessReport): void {
  page.title("Frameworks: what the evidence bears on");
  for (const { key, version, name, direct, supports, open, draft } of frameworks) {
    if (!SHOWN.includes(key)) continue;
    const note = draft ? ", a draft" : "";
    page.item(
      "-",
      `${name} ${version}${note}: ${direct} direct, ${supports} supported, ${open} not established`,
    );
  }
  if (unverified.length > 0)
    page.item("!", `${unverified.length} cited clauses were never read: this cannot be signed`, 2, "bad");
}

function economics(page: Page, figures: readonly Figure[]): void {
  page.title("Economics");
  for (const { name, value, unit, basis, says } of figures)
    page.item(
      `  ${name}`.padEnd(30),
      `${value ?? "cannot be said"} ${value === undefined ? "" : unit} (${basis}: ${says})`,
      31,
    );
}
