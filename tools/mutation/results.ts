import { readFileSync } from "node:fs";

/** What became of one mutant, in the words of the report's schema. */
export type MutantStatus =
  | "Killed"
  | "Timeout"
  | "Survived"
  | "NoCoverage"
  | "Ignored"
  | "RuntimeError"
  | "CompileError"
  | "Pending";

/** A change to the code that no test noticed. Texts have their white space drawn together and are cut to a length. */
export interface Survivor {
  readonly file: string;
  /** The first line it touches. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
}

/** What one room came to. */
export interface RoomResult {
  readonly room: string;
  /** Files that were mutated. */
  readonly files: readonly string[];
  readonly counts: Readonly<Record<MutantStatus, number>>;
  readonly survivors: readonly (Survivor & { readonly lineNumber: number; readonly covered: boolean })[];
}

/** Lines and columns count from one. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One mutant of a report. */
export interface Mutant {
  status: MutantStatus;
  readonly replacement?: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** One file of a report. */
export interface ReportFile {
  readonly source: string;
  readonly mutants: readonly Mutant[];
}

const LONGEST = 90;

/** One line of at most 90 characters. */
export function oneLine(code: string): string {
  const text = code.replaceAll(/\s+/g, " ").trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** A report's files, by path. */
export type Report = Readonly<Record<string, ReportFile>>;

/** Reads a report of the mutation tester (mutation-testing-report-schema, version 2): its files by path. */
export function readReport(path: string): Report {
  const report: { files: Report } = JSON.parse(readFileSync(path, "utf8"));
  return report.files;
}

/** Puts the reports of a room's batches together. */
export function resultOf(room: string, reports: readonly Report[]): RoomResult {
  const caught = { Killed: 0, Timeout: 0, RuntimeError: 0, CompileError: 0 };
  const counts = { ...caught, Survived: 0, NoCoverage: 0, Ignored: 0, Pending: 0 };
  const files = reports.flatMap((report) => Object.entries(report));
  for (const { status } of files.flatMap(([, { mutants }]) => mutants)) counts[status] += 1;
  const survivors = files.flatMap(([file, content]) => survivorsOf(file, content));
  return { room, files: files.map(([file]) => file), counts, survivors };
}

/** Whether no test noticed the mutant. */
export function isSurvivor({ status }: Mutant): boolean {
  return status === "Survived" || status === "NoCoverage";
}

function survivorsOf(file: string, { source, mutants }: ReportFile): RoomResult["survivors"] {
  const lines = source.split("\n");
  return mutants.filter(isSurvivor).map(({ status, location: { start, end }, replacement }) => ({
    file,
    line: oneLine(lines[start.line - 1] ?? ""),
    original: oneLine(textBetween(lines, start, end)),
    replacement: oneLine(replacement ?? ""),
    lineNumber: start.line,
    covered: status === "Survived",
  }));
}

/** The text between two positions; the end is not part of it. */
export function textBetween(lines: readonly string[], start: Position, end: Position): string {
  return lines
    .slice(start.line - 1, end.line)
    .map((line, index) => {
      const last = index === end.line - start.line ? line.slice(0, end.column - 1) : line;
      return index === 0 ? last.slice(start.column - 1) : last;
    })
    .join("\n");
}
