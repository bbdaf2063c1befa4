/** One line of the table. */
export interface Line {
  readonly what: string;
  readonly connections?: number;
  readonly ours: string;
  readonly against: string;
  /** The figure that is compared with the target. */
  readonly figure: string;
  /** CPU of ours and of the peer per operation, in microseconds. */
  readonly cpu?: string;
  readonly target?: string;
  readonly reached?: boolean;
}

/** What one row of the bench gives. */
export interface RowResult {
  readonly row: string;
  readonly lines: readonly Line[];
  /** Figures as they were measured, for results.json. */
  readonly raw: unknown;
}

/** The middle of a list; of an even one the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

/** A number with so many digits that the noise begins in the last. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return "unknown";
  if (value >= 1000) return Math.round(value).toLocaleString("en-GB");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The Markdown table. */
export function tableOf(results: readonly RowResult[]): string {
  const head = [
    "what",
    "connections",
    "ours",
    "against",
    "figure",
    "CPU per operation, ours / theirs",
    "target",
    "reached",
  ];
  const rows = results.flatMap(({ lines }) =>
    lines.map((line) => [
      line.what,
      String(line.connections ?? ""),
      line.ours,
      line.against,
      line.figure,
      line.cpu ?? "",
      line.target ?? "",
      line.reached === undefined ? "" : line.reached ? "yes" : "no",
    ]),
  );
  const text = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [text(head), text(head.map(() => "---")), ...rows.map(text)].join("\n");
}
