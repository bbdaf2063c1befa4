import { CommanderError } from "commander";
import { buildProgram, usageError } from "./build-program.ts";
import type { Outcome } from "./command.ts";
import { COMMANDS } from "./commands/table.ts";
import { verifierBuild } from "./evidence-pack/verifier-build.ts";
import { installedVersion } from "./instance/installed-version.ts";
import { reportFailure } from "./report-failure.ts";
import { openTerminal, type Terminal } from "./terminal/terminal.ts";

function print({ json, lines }: Outcome, terminal: Terminal): void {
  if (terminal.json && json !== undefined) terminal.out(JSON.stringify(json));
  else if (!terminal.json) for (const line of lines ?? []) terminal.out(line);
}

function streams(): Parameters<typeof openTerminal>[0] {
  return { input: process.stdin, output: process.stdout, error: process.stderr, env: process.env };
}

/** `--version` stands alone, or beside `--json`: below a command it would be that command's. */
function isVersionAsked(args: readonly string[]): boolean {
  return args.includes("--version") && args.every((arg) => arg === "--version" || arg === "--json");
}

async function printVersion(json: boolean): Promise<number> {
  const terminal = openTerminal(streams(), json);
  try {
    const { version, build } = await installedVersion();
    const { digest: verifier } = await verifierBuild();
    print(
      {
        json: { name: "narrowgate", version, build, verifier },
        lines: [`narrowgate ${version} (server build ${build}, verifier build ${verifier})`],
      },
      terminal,
    );
    return 0;
  } catch (error) {
    return reportFailure(error, terminal, process.env.NARROWGATE_DEBUG === "1");
  }
}

/**
 * Runs one command line.
 * @param args - what was typed after the program's name
 * @returns the exit code, out of the error catalogue
 */
export async function runCli(args: readonly string[]): Promise<number> {
  if (isVersionAsked(args)) return printVersion(args.includes("--json"));
  let exit = 0;
  const isDebug = process.env.NARROWGATE_DEBUG === "1";
  // A reader that closed the pipe has seen enough; that is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const program = buildProgram(COMMANDS, {
    openTerminal: (json) => openTerminal(streams(), json),
    env: process.env,
    directory: process.cwd(),
    finish: async (run, terminal) => {
      try {
        const outcome = await run();
        print(outcome, terminal);
        exit = outcome.exit ?? 0;
      } catch (error) {
        exit = reportFailure(error, terminal, isDebug);
      }
    },
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    const wrong = usageError(error);
    if (wrong === undefined && error instanceof CommanderError) return 0;
    return reportFailure(wrong ?? error, openTerminal(streams(), args.includes("--json")), isDebug);
  }
  return exit;
}
