import { type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { NarrowgateError } from "@narrowgate/kernel";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program as our child on our own terminal and waits for it. Signals that end us are passed on to it.
 * @returns its exit code, or 128 and the number of the signal
 * @throws `usage` when it cannot be started
 */
export async function runChild(
  [program = "", ...args]: readonly string[],
  options: Pick<SpawnOptions, "env" | "cwd" | "stdio">,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: "inherit", ...options });
  const passOn = (signal: NodeJS.Signals): void => {
    // A terminal gives Ctrl-C to the child as well; passing it on would be a second one.
    if (signal !== "SIGINT" || process.stdin.isTTY !== true) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, passOn);
  child.once("error", (cause) =>
    reject(new NarrowgateError("usage", `${program} cannot be started`, { cause })),
  );
  child.once("exit", (code, signal) =>
    resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  );
  try {
    return await promise;
  } finally {
    for (const signal of SIGNALS) process.off(signal, passOn);
  }
}
