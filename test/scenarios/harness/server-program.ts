import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "./run-child.ts";

const PROGRAM = fileURLToPath(new URL("../../../packages/server/src/main.ts", import.meta.url));
const START_LIMIT_MS = 60_000;

/** What the server says of itself on standard output. */
export interface ServerLine {
  readonly event: string;
  readonly code?: string;
}

/** A server in a process of its own, which a test may end in any way. */
export interface ServerProgram {
  readonly pid: number;
  /** Resolves when it serves, or when it has ended before. */
  readonly ready: Promise<boolean>;
  readonly lines: readonly ServerLine[];
  /** What it wrote to standard error so far. */
  report(): string;
  /** Sends a signal and waits for the end. @returns its exit code; null when the signal ended it */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
  /** Resolves with its exit code when it ends by itself. */
  readonly ended: Promise<number | null>;
}

/** Starts a server on the files of an instance that no other process has open. */
export function startProgram(
  configFile: string,
  options: {
    readonly flags?: readonly string[];
    /** Largest file it may write, in blocks of 512 bytes: stands for a full disk. */
    readonly maxFileBlocks?: number;
    readonly env?: Record<string, string>;
  } = {},
): ServerProgram {
  const node = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning", PROGRAM];
  const args = [...node, "--config", configFile, ...(options.flags ?? [])];
  const [program, given]: [string, string[]] =
    options.maxFileBlocks === undefined
      ? [process.execPath, args]
      : ["/bin/sh", ["-c", `ulimit -f ${options.maxFileBlocks}; exec "$@"`, "sh", process.execPath, ...args]];
  const child = spawn(program, given, {
    env: { ...childEnvironment("/nonexistent"), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: ServerLine[] = [];
  const isReady = Promise.withResolvers<boolean>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event: ServerLine = JSON.parse(line);
    lines.push(event);
    if (event.event === "ready") isReady.resolve(true);
  });
  let report = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    report += text;
  });
  const ended = once(child, "close").then(([code]: (number | null)[]) => code ?? null);
  void ended.then(() => isReady.resolve(false));
  const late = setTimeout(() => child.kill("SIGKILL"), START_LIMIT_MS);
  void isReady.promise.then(() => clearTimeout(late));
  return {
    pid: child.pid ?? 0,
    ready: isReady.promise,
    lines,
    report: () => report,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}
