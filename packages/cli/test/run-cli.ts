import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Node and the arguments by which the CLI is started, as a client's configuration would hold them. */
export const CLI: readonly [string, ...string[]] = [
  process.execPath,
  "--conditions=@narrowgate/source",
  "--disable-warning=ExperimentalWarning",
  fileURLToPath(new URL("../src/main.ts", import.meta.url)),
];

const COMPILED = fileURLToPath(new URL("../../../node_modules/.cache/narrowgate-compiled", import.meta.url));

/** Real processes on a busy machine: each command is a start of Node. */
export const PATIENCE_MS = 120_000;

/** What a finished command left behind. */
export interface Finished {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A machine of its own for one test file: home, configuration, data. */
export interface Machine {
  readonly folder: string;
  readonly data: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command to its end. */
  cli(args: readonly string[], input?: string): Promise<Finished>;
  /** Starts a command that stays. */
  start(args: readonly string[]): ChildProcess;
  /** Ends everything that was started, and removes the folder. */
  end(): Promise<void>;
}

async function collect(child: ChildProcess, input: string): Promise<Finished> {
  const texts = { out: "", err: "" };
  child.stdout?.on("data", (part: Buffer) => {
    texts.out += part.toString();
  });
  child.stderr?.on("data", (part: Buffer) => {
    texts.err += part.toString();
  });
  child.stdin?.end(input);
  const [code] = await once(child, "close");
  return { exit: typeof code === "number" ? code : -1, ...texts };
}

export async function makeMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), "ng-cli-"));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: folder,
    USER: "dana",
    XDG_CONFIG_HOME: join(folder, "config"),
    NARROWGATE_DATA: join(folder, "data"),
    // Shared by all machines of the tests: what is compiled is the same.
    NODE_COMPILE_CACHE: COMPILED,
  };
  const started = new Set<ChildProcess>();
  const launch = (args: readonly string[]): ChildProcess => {
    const [node, ...first] = CLI;
    return spawn(node, [...first, ...args], { env, cwd: folder, stdio: "pipe" });
  };
  return {
    folder,
    data: join(folder, "data"),
    env,
    cli: (args, input = "") => collect(launch(args), input),
    start: (args) => {
      const child = launch(args);
      child.stdin?.end();
      started.add(child);
      return child;
    },
    end: async () => {
      for (const child of started) await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks a started command to end, and waits. */
export async function stop(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null) return child.exitCode;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const [code] = await closed;
  return typeof code === "number" ? code : -1;
}

/** Resolves with all of standard error once `text` stands in it; rejects when the command ends before. */
export function saidOnError(child: ChildProcess, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = "";
  child.stderr?.on("data", (part: Buffer) => {
    said += part.toString();
    if (said.includes(text)) resolve(said);
  });
  child.once("close", () => reject(new Error(`the command ended: ${said}`)));
  return promise;
}

/** A port that was free a moment ago: the base URL has to be known before the server listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}
