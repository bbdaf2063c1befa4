import type { LineStatus, Report, StoryLine, Verdict } from "../report.ts";
import { cleanText } from "./clean-text.ts";

/** How a report is written. */
export interface FormatOptions {
  /** ANSI colours, for a terminal that shows them. */
  readonly colour?: boolean;
  /** What the reader called the file by: it is named where it cannot be read as a bundle. */
  readonly file?: string;
}

const colours: Readonly<Record<LineStatus | "failed" | "good", number>> = {
  proven: 32,
  good: 32,
  signed: 36,
  claimed: 33,
  erased: 90,
  missing: 31,
  failed: 31,
};

type Paint = (name: keyof typeof colours, text: string) => string;

function painter(options: FormatOptions): Paint {
  return (name, text) => (options.colour === true ? `\u001b[${colours[name]}m${text}\u001b[0m` : text);
}

function formatTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

function statusText({ status, by }: StoryLine): string {
  return status === "signed" ? `signed by ${by ?? "somebody"}` : status;
}

function formatLine(line: StoryLine, paint: Paint): string {
  const status = paint(line.status, `[${statusText(line)}]`);
  return `${formatTime(line.atMs)}  ${line.text.join(" ")}  ${status}`;
}

/**
 * The story of a transaction as text, a line per event: what `txn replay` prints.
 * @param options - plain text unless colours are asked for
 */
export function tellStory(report: Report, options: FormatOptions = {}): string {
  const paint = painter(options);
  return report.story.map((line) => `${formatLine(line, paint)}\n`).join("");
}

const verdictColours: Partial<Readonly<Record<Verdict, keyof typeof colours>>> = {
  open: "claimed",
  failed: "failed",
};

function headLines({ verdict, upToHere, log, witnesses, txn, release }: Report, paint: Paint): string[] {
  const standing = upToHere ?? verdict;
  return [
    `verdict: ${paint(verdictColours[verdict] ?? "good", verdict)}`,
    ...(upToHere === undefined
      ? []
      : [`warning: up to here everything is ${upToHere}, but the transaction may have gone on`]),
    ...(standing === "verified, unwitnessed"
      ? ["warning: no witness was asked for: the operator could have rewritten this"]
      : []),
    ...(standing === "self-consistent"
      ? ["warning: no trust file was given: the bundle only agrees with itself"]
      : []),
    ...(txn === undefined ? [] : [`transaction: ${txn}`]),
    ...(release === undefined ? [] : [`release: ${release}`]),
    ...(log === undefined ? [] : [`log: ${log.origin}, ${log.size} entries`]),
    ...witnesses.map(({ name, time }) => `witness: ${name} at ${formatTime(time * 1000)}`),
  ];
}

function countLines({ counts, decisions, provenance }: Report): string[] {
  const lines = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  return [
    `lines: ${lines.join(", ")}`,
    `decisions: ${decisions.recomputed} recomputed, ${decisions.refusedBeforePolicy} refused before policy, ${decisions.notRecomputed} not recomputed`,
    `inputs: ${provenance.derived} derived, ${provenance.signed} signed by another party, ${provenance.gate} claimed by the gate`,
  ];
}

/**
 * A whole report as text.
 * @param options - plain text unless colours are asked for
 */
export function formatReport(report: Report, options: FormatOptions = {}): string {
  const paint = painter(options);
  const failures = report.failures.map(({ rule, entry, message }) =>
    paint("failed", `failed ${rule}: ${message}${entry === undefined ? "" : ` (entry ${entry})`}`),
  );
  const unread = report.failures.find(({ rule }) => rule === "E-21");
  const lines = [
    ...headLines(report, paint),
    ...failures,
    ...(unread === undefined || options.file === undefined
      ? []
      : [`${cleanText(options.file)} is no proof bundle, is cut short, or was changed (${unread.rule})`]),
    ...countLines(report),
    ...report.notes.map((note) => `note: ${note}`),
  ];
  const story = tellStory(report, options);
  return `${lines.join("\n")}\n${story === "" ? "" : `\n${story}`}`;
}
