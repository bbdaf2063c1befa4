import { NarrowgateError } from "@narrowgate/kernel";
import { Command, CommanderError, Option } from "commander";
import type { ArgumentSpec, Call, CommandSpec, OptionSpec, Outcome } from "./command.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What the frame gives every command. */
export interface Surroundings {
  readonly openTerminal: (json: boolean) => Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Called with what the command came to, or with what it threw. */
  readonly finish: (run: () => Promise<Outcome>, terminal: Terminal) => Promise<void>;
}

const NOUNS: Readonly<Record<string, string>> = {
  agent: "registered agents and the keys of their instances",
  operator: "people who may administer this instance",
  people: "people who sign in and approve, and their passkeys",
  mandate: "what a person hands to an agent for one task",
  approval: "calls that wait for a person",
  label: "what tasks have read, and what falls from them",
  release: "what four people sign before production",
  drill: "attacks and faults, tried on a sandbox of this build",
  waiver: "controls that are let go for a while",
  policy: "policies: tests, analysis, and what a change would change",
  txn: "transactions: what agents did, and why they were allowed to",
  evidence: "proof to take away",
  hold: "what may not be erased while somebody needs it",
  log: "the evidence log",
  witness: "who cosigns the heads of the log",
  console: "the pages for people",
};

/** Headings of the help, each with the first words of its commands. */
const GROUPS: readonly (readonly [heading: string, words: readonly string[]])[] = [
  ["Start and look:", ["up", "status", "tour", "console", "recover"]],
  ["Say what may exist:", ["apply", "policy", "agent", "operator", "people"]],
  ["Work through the gate:", ["connect", "run", "mandate", "approval", "label"]],
  ["Prove what happened:", ["txn", "evidence", "verify", "log", "witness", "hold", "erase"]],
  ["Show that it is ready:", ["readiness", "drill", "release", "waiver", "gate"]],
  ["Stop it:", ["revoke", "contain"]],
];

const FIRST_EXAMPLES = `
Examples:
  $ narrowgate up
      first start: keys, store, log, and you as first operator; then it serves
  $ narrowgate apply -f narrowgate.yaml
      agents, servers and policies: shows the plan, asks, applies
  $ narrowgate run --agent my-agent -- python agent.py
      any program, with a local MCP address for each of its servers and no key

Each command has its own: narrowgate COMMAND --help
What is installed: narrowgate --version`;

const JSON_OPTION: OptionSpec = { name: "json", help: "print one JSON document on standard output" };

function optionOf({ name, value, repeats, help }: OptionSpec): Option {
  if (value === undefined) return new Option(`--${name}`, help);
  const short = name === "file" ? "-f, " : name === "output" ? "-o, " : "";
  const option = new Option(`${short}--${name} <${value}>`, help);
  return repeats === true
    ? option.argParser((next: string, before: readonly string[] = []) => [...before, next])
    : option;
}

function argumentText({ name, optional, rest }: ArgumentSpec): string {
  const inner = rest === true ? `${name}...` : name;
  return optional === true ? `[${inner}]` : `<${inner}>`;
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function callOf(
  spec: CommandSpec,
  { opts, args }: { readonly opts: Readonly<Record<string, unknown>>; readonly args: readonly unknown[] },
  around: Surroundings,
): Call {
  const texts = args.flat().filter((value) => typeof value === "string");
  const read = (name: string): unknown => opts[camel(name)];
  const fixed = (spec.arguments ?? []).filter(({ rest }) => rest !== true).length;
  return {
    argument: (index) => texts[index] ?? "",
    rest: () => texts.slice(fixed),
    text: (name) => {
      const value = read(name);
      return typeof value === "string" ? value : undefined;
    },
    list: (name) => {
      const value = read(name);
      return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
    },
    flag: (name) => read(name) === true,
    terminal: around.openTerminal(opts.json === true),
    env: around.env,
    directory: around.directory,
  };
}

function helpAfter({ details = [], examples }: Pick<CommandSpec, "details" | "examples">): string {
  const lines = examples.map(([command, what]) => `  $ ${command}\n      ${what}`);
  return ["", ...details, ...(details.length > 0 ? [""] : []), "Examples:", ...lines].join("\n");
}

function checkRequired(spec: CommandSpec, call: Call): void {
  const missing = (spec.options ?? []).find(
    ({ name, required }) => required === true && call.text(name) === undefined,
  );
  if (missing !== undefined)
    throw new NarrowgateError(
      "usage",
      `--${missing.name} ${missing.value ?? ""} is missing`.replace("  ", " "),
    );
}

/** What a refusal of the parser goes on with; empty when nothing helps. */
type Explain = (refused: CommanderError) => string;

function quiet(command: Command, explain: Explain): Command {
  return command
    .exitOverride((refused) => {
      throw new CommanderError(refused.exitCode, refused.code, `${refused.message}${explain(refused)}`);
    })
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined });
}

/** Who forgot an argument may have taken another for it: all of them are named. */
function explainArguments({ arguments: known = [] }: CommandSpec): Explain {
  return ({ code }) =>
    code === "commander.missingArgument"
      ? ` (${known.map(({ name, help }) => `${name}: ${help}`).join("; ")})`
      : "";
}

/** A verb without its noun: the commands that end with it. */
function explainVerb(table: readonly CommandSpec[]): Explain {
  return ({ code, message }) => {
    const [, word] =
      code === "commander.unknownCommand" ? (/^error: unknown command '([^']*)'/.exec(message) ?? []) : [];
    const found = table.filter(({ path }) => path.length > 1 && path.at(-1) === word);
    if (found.length === 0) return "";
    return `; there is ${found.map(({ path }) => `narrowgate ${path.join(" ")}`).join(", ")}`;
  };
}

function addCommand(parent: Command, spec: CommandSpec, around: Surroundings): void {
  const command = quiet(parent.command(spec.path.at(-1) ?? ""), explainArguments(spec)).description(
    spec.summary,
  );
  for (const argument of spec.arguments ?? []) command.argument(argumentText(argument), argument.help);
  for (const option of [...(spec.options ?? []), JSON_OPTION]) command.addOption(optionOf(option));
  command.addHelpText("after", helpAfter(spec));
  command.action(async (...given: unknown[]) => {
    // Commander hands over arguments, options, and itself.
    const call = callOf(spec, { opts: command.opts(), args: given.slice(0, -2) }, around);
    await around.finish(async () => {
      checkRequired(spec, call);
      return spec.run(call);
    }, call.terminal);
  });
}

function groupOf(word: string): string {
  return GROUPS.find(([, words]) => words.includes(word))?.[0] ?? "Other:";
}

function nounHelp(table: readonly CommandSpec[], noun: string): string {
  const own = table.filter(({ path }) => path.length > 1 && path[0] === noun);
  return helpAfter({ examples: own.flatMap(({ examples }) => examples.slice(0, 1)) });
}

/** The parser for a table of commands. Its refusals are `usage` errors; help goes to standard output. */
export function buildProgram(table: readonly CommandSpec[], around: Surroundings): Command {
  const program = quiet(new Command("narrowgate"), explainVerb(table))
    .description("Identity control plane for AI agents: authority, gate and evidence.")
    .addHelpText("after", FIRST_EXAMPLES)
    .helpCommand(false);
  const nouns = new Map<string, Command>();
  for (const spec of table) {
    const [noun = ""] = spec.path;
    if (spec.path.length === 1) addCommand(program, spec, around);
    else {
      const known = nouns.get(noun);
      const parent = known ?? program.command(noun).description(NOUNS[noun] ?? noun);
      if (known === undefined) parent.addHelpText("after", nounHelp(table, noun));
      nouns.set(noun, parent);
      addCommand(parent, spec, around);
    }
  }
  for (const command of program.commands) command.helpGroup(groupOf(command.name()));
  for (const command of [...program.commands, ...program.commands.flatMap((child) => child.commands)])
    command.helpCommand(false);
  return program;
}

/** What the parser refused, as our own error; undefined when it only showed help. */
export function usageError(error: unknown): NarrowgateError | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help")
    return new NarrowgateError("usage", "a command is missing; see --help");
  return new NarrowgateError("usage", `${error.message.replace(/^error: /, "")}; see --help`);
}
