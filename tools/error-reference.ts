/** Writes docs/reference/errors.md from the error catalogue, so that the page cannot say anything else. */
import { writeFileSync } from "node:fs";
import { ERROR_CATALOGUE, type ErrorRow } from "@narrowgate/contracts";

const columns = ["code", "HTTP", "OAuth `error`", "JSON-RPC", "exit", "retry", "on record", "what to do"];

/** The whole page, as it must stand in docs/reference/errors.md. */
export function renderErrorReference(catalogue: Readonly<Record<string, ErrorRow>>): string {
  const rows = Object.entries(catalogue).map(([code, row]) => [
    `\`${code}\``,
    String(row.http),
    `\`${row.oauth}\``,
    String(row.jsonrpc),
    String(row.exit),
    row.retryable ? "yes" : "",
    row.audited ? "yes" : "",
    row.sentence.replaceAll("|", "\\|"),
  ]);
  const table = [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [
    "# Errors",
    "",
    "Written by `npm run docs` from the error catalogue; change the catalogue, not this page.",
    "",
    "A denial on the tool path is an MCP tool result with the code in it; the JSON-RPC number is for protocol errors.",
    "*exit* is the exit code of the command line; *on record* means that a decision entry is written when the request",
    "can be attributed.",
    "",
    ...table,
    "",
  ].join("\n");
}

if (import.meta.main) {
  writeFileSync(
    new URL("../docs/reference/errors.md", import.meta.url),
    renderErrorReference(ERROR_CATALOGUE),
  );
}
