import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Program of the `narrowgate` command, as its package has it. */
export const NARROWGATE: string = fileURLToPath(new URL("../../../packages/cli/bin.mjs", import.meta.url));

/** What a child came to. */
export interface ChildEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_CHARS = 4 * 1024 * 1024;

/** Environment of children: what a program needs, and no more of ours. */
export function childEnvironment(home: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8", NO_COLOR: "1" };
}

/** Runs a program to its end, or ends it when the time is over: then `code` is null. */
export async function runChild(
  command: readonly string[],
  options: { readonly env: Record<string, string>; readonly limitMs?: number; readonly input?: string },
): Promise<ChildEnd> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: options.env, stdio: ["pipe", "pipe", "pipe"] });
  // The command passes SIGTERM on to what it started; SIGKILL would leave that behind.
  const timer = setTimeout(() => child.kill("SIGTERM"), options.limitMs ?? 60_000);
  const heard = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      if (heard[name].length < MAX_CHARS) heard[name] += text;
    });
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  const [code]: (number | null)[] = await once(child, "close");
  clearTimeout(timer);
  return { code: code ?? null, ...heard };
}
