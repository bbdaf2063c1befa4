import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { availableParallelism, constants } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isErrorCode } from "@narrowgate/contracts";
import { invariant, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { asObject, textAt } from "../admin/read-answer.ts";
import { compileCacheDirectory } from "../places/cache-directory.ts";

/** The server is a program of its own: it is started, never imported. */
const SERVER = fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url));
const START_LIMIT_MS = 120_000;
/** On a busy machine a start is slow, and the next one finds what this one made. */
const LATE = "the server did not become ready in two minutes; a busy machine may need another start";
const STOP_LIMIT_MS = 20_000;

/** What the server says of itself, one line of JSON each. */
export type ServerEvent =
  | { readonly event: "ready"; readonly baseUrl: string; readonly adminSocket: string }
  | { readonly event: "created" }
  | { readonly event: "operator-code"; readonly code: string }
  | { readonly event: "failed"; readonly error: NarrowgateError };

/** A server that runs as our child. */
export interface ServerProcess {
  /** Resolves when a first start has made all that is durable. @throws with the code of its failure */
  readonly created: Promise<void>;
  /** Resolves when it serves. @throws with the code of its failure */
  readonly ready: Promise<Extract<ServerEvent, { event: "ready" }>>;
  /** The one-time code for the first operator, when it offered one before it was ready. */
  readonly operatorCode: () => string | undefined;
  /** Resolves with its exit code. */
  readonly ended: Promise<number>;
  /** Ends it cleanly, or hard after 20 seconds. */
  stop(): Promise<number>;
}

function parseEvent(line: string): ServerEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  const event = asObject(parseStrictJson(line));
  switch (event.event) {
    case "ready":
      return { event: "ready", baseUrl: textAt(event, "baseUrl"), adminSocket: textAt(event, "adminSocket") };
    case "created":
      return { event: "created" };
    case "operator-code":
      return { event: "operator-code", code: textAt(event, "code") };
    case "failed": {
      const code = textAt(event, "code");
      const known = isErrorCode(code) ? code : "internal_error";
      return { event: "failed", error: new NarrowgateError(known, textAt(event, "message")) };
    }
    default:
      return undefined;
  }
}

function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Signatures run on libuv's pool, whose size Node reads once, before any of the server's code runs.
  const threads = env.UV_THREADPOOL_SIZE ?? String(Math.max(1, availableParallelism() - 1));
  const cache = env.NODE_COMPILE_CACHE ?? compileCacheDirectory(env);
  return { ...env, UV_THREADPOOL_SIZE: threads, NODE_COMPILE_CACHE: cache };
}

function endOf(child: ChildProcess): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once("error", () => resolve(70));
  child.once("exit", (code, signal) =>
    resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  );
  return promise;
}

/** Options of the server's own command line. */
export interface ServerOptions {
  readonly config: string;
  /** Further flags, such as `--create`. */
  readonly flags?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes the server's operator log: a file of mode 0600, or a function for each line; absent: our standard error. */
  readonly log?: string | ((line: string) => void);
}

/** Starts the server as a child of ours: what ends our process group ends it as well. */
export function startServer({ config, flags = [], env, log }: ServerOptions): ServerProcess {
  const node = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  // The server's events come by its standard output, its log by its standard error.
  const logTo = typeof log === "string" ? openSync(log, "a", 0o600) : log === undefined ? 2 : "pipe";
  const stdio: StdioOptions = ["ignore", "pipe", logTo];
  const args = [...node, SERVER, "--config", config, ...flags];
  const child = spawn(process.execPath, args, { stdio, env: environment(env) });
  const { stdout, stderr } = child;
  invariant(stdout !== null, "the server's standard output is a pipe");
  if (stderr !== null && typeof log === "function") createInterface({ input: stderr }).on("line", log);
  const ended = endOf(child);
  const {
    promise: ready,
    resolve,
    reject,
  } = Promise.withResolvers<Extract<ServerEvent, { event: "ready" }>>();
  const created = Promise.withResolvers<void>();
  let code: string | undefined;
  createInterface({ input: stdout }).on("line", (line) => {
    const event = parseEvent(line);
    if (event?.event === "created") created.resolve();
    if (event?.event === "ready") resolve(event);
    if (event?.event === "operator-code") code = event.code;
    if (event?.event === "failed") reject(event.error);
  });
  const late = setTimeout(() => reject(new NarrowgateError("store_unavailable", LATE)), START_LIMIT_MS);
  ready.catch(created.reject).finally(() => clearTimeout(late));
  created.promise.catch(() => undefined);
  void ended.then(async () => {
    // Its last words may still be in the pipe.
    if (stdout.readable) await once(stdout, "close");
    reject(new NarrowgateError("internal_error", "the server ended before it was ready"));
  });
  return {
    created: created.promise,
    ready,
    ended,
    operatorCode: () => code,
    stop: async () => {
      const hard = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
      child.kill("SIGTERM");
      const exit = await ended;
      clearTimeout(hard);
      return exit;
    },
  };
}
