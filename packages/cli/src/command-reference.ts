import { ERROR_CODES, errorRow } from "@narrowgate/contracts";
import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command.ts";

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function synopsis({ path, arguments: positional = [], options = [] }: CommandSpec): string {
  const needed = options.filter(({ required }) => required === true);
  const parts = [
    ...needed.map(({ name, value }) => `--${name} ${value ?? ""}`.trimEnd()),
    ...positional.map(({ name, optional, rest }: ArgumentSpec) => {
      const text = rest === true ? `-- ${name}...` : name;
      return optional === true ? `[${text}]` : text;
    }),
  ];
  return ["narrowgate", ...path, ...parts].join(" ");
}

function optionRow({ name, value, required, repeats, help }: OptionSpec): string {
  const marks = [required === true ? "required" : "", repeats === true ? "repeats" : ""].filter(
    (mark) => mark !== "",
  );
  const shown = value === undefined ? `--${name}` : `--${name} ${value}`;
  return `| \`${shown}\` | ${cell(help)}${marks.length === 0 ? "" : ` (${marks.join(", ")})`} |`;
}

function section(spec: CommandSpec): string {
  const { path, summary, details = [], options = [], examples, arguments: positional = [] } = spec;
  const rows = [
    ...positional.map(({ name, help }) => `| \`${name}\` | ${cell(help)} |`),
    ...options.map(optionRow),
  ];
  return [
    `## narrowgate ${path.join(" ")}`,
    "",
    `${summary[0]?.toUpperCase() ?? ""}${summary.slice(1)}.`,
    ...(details.length === 0 ? [] : ["", details.join(" ")]),
    "",
    "```",
    synopsis(spec),
    "```",
    ...(rows.length === 0 ? [] : ["", "| argument or option | meaning |", "| --- | --- |", ...rows]),
    "",
    "Examples:",
    "",
    ...examples.map(([command, what]) => `- \`${command}\`: ${what}`),
  ].join("\n");
}

function exitTable(): string {
  const codes = new Map<number, string[]>();
  for (const code of ERROR_CODES)
    codes.set(errorRow(code).exit, [...(codes.get(errorRow(code).exit) ?? []), code]);
  const rows = [...codes]
    .sort(([a], [b]) => a - b)
    .map(([exit, names]) => `| ${exit} | ${names.map((name) => `\`${name}\``).join(", ")} |`);
  return ["| exit | codes |", "| --- | --- |", "| 0 | done |", ...rows].join("\n");
}

/** The reference page of the command line, made from the table of commands. */
export function renderCommandReference(table: readonly CommandSpec[]): string {
  return `${[
    "# Command line",
    "Written from the table of commands; change the table, not this page.",
    [
      "Every command takes `--json`: then standard output holds one JSON document, and a failure is",
      '`{"error": {"code", "message", "exit"}}` there. Otherwise results go to standard output, and everything else to',
      "standard error. Colours appear only on a terminal and never with `NO_COLOR`. `NARROWGATE_DEBUG=1` adds stacks.",
      "`narrowgate --version` says the version of what is installed, and two digests: of the server's build, which `status`,",
      "drills and releases name, and of the verifier's, which `verify` and evidence packs name.",
    ].join("\n"),
    ...table.map(section),
    "## Exit codes",
    "`verify` and `txn replay` end with 1 when a bundle fails, and with 3 when its transaction may have gone on; `run` with the code of its program; the rest is the catalogue:",
    exitTable(),
  ].join("\n\n")}\n`;
}
