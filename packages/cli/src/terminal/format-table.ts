import { cleanText } from "./clean-text.ts";

const MAX_CELL = 80;

/**
 * Lines of a table with aligned columns.
 * Trust: cells may hold text that others wrote; they are cleaned and cut.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const all = [header, ...rows].map((row) => row.map((cell) => cleanText(cell, MAX_CELL)));
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
