import type { JsonValue } from "@narrowgate/kernel";
import type { Terminal } from "./terminal/terminal.ts";

/** One option of a command: `--name`, or `--name VALUE`. */
export interface OptionSpec {
  /** Without dashes, kebab-case. */
  readonly name: string;
  /** What the value is called in the help; a flag has none. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeats?: boolean;
  /** Without it the command does not begin. */
  readonly required?: boolean;
  readonly help: string;
}

/** One positional argument. */
export interface ArgumentSpec {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all that follows. */
  readonly rest?: boolean;
}

/** One call of a command, with what was typed. */
export interface Call {
  /** The positional argument at `index`; empty when it is optional and absent. */
  argument(index: number): string;
  /** All that follows, for an argument with `rest`. */
  rest(): readonly string[];
  text(option: string): string | undefined;
  list(option: string): readonly string[];
  flag(option: string): boolean;
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
}

/** What a command came to. A command that speaks while it runs leaves `json` and `lines` out. */
export interface Outcome {
  /** The document of `--json`. */
  readonly json?: JsonValue;
  /** What a person reads. Text that others wrote is already cleaned. */
  readonly lines?: readonly string[];
  /** Exit code; 0 when absent. */
  readonly exit?: number;
}

/** One command: a row of the table that the parser, the help and the reference page are made from. */
export interface CommandSpec {
  /** `["agent", "join"]` for `narrowgate agent join`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Further sentences of the help. */
  readonly details?: readonly string[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Commands as typed, each with what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  run(call: Call): Promise<Outcome>;
}
