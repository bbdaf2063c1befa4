export type { ArgumentSpec, Call, CommandSpec, OptionSpec, Outcome } from "./command.ts";
export { COMMANDS } from "./commands/table.ts";
export { runCli } from "./run-cli.ts";
