import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import type { Api } from "./answer-parent.ts";
import { cpuMsOf } from "./cpu-time.ts";

const STOP_MS = 10_000;
const ANSWER_MS = 180_000;

/** A process the bench started. It is ended by its id, and ends by itself when the bench goes. */
export interface Child {
  readonly pid: number;
  /** CPU of it and all below it so far, in milliseconds. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** A process that answers questions. */
export interface Asked<A extends Api> extends Child {
  ask<M extends keyof A & string>(
    method: M,
    ...input: Parameters<A[M]> extends [] ? [] : [Parameters<A[M]>[0]]
  ): Promise<Awaited<ReturnType<A[M]>>>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

// The thread pool a server is started with outside of the bench: cores minus one, at least one.
const env = {
  ...process.env,
  NODE_ENV: "production",
  UV_THREADPOOL_SIZE: process.env["UV_THREADPOOL_SIZE"] ?? "1",
};
const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}

function owned(child: ChildProcess): Child {
  running.add(child);
  child.once("exit", () => running.delete(child));
  const pid = child.pid ?? -1;
  return { pid, cpuMs: () => cpuMsOf(pid), stop: () => stop(child) };
}

/** Where `--profile` wants the profiles of servers. */
let profileDirectory: string | undefined;

/** From now on servers write a CPU profile into `directory` when they end. */
export function profileInto(directory: string): void {
  profileDirectory = directory;
}

/**
 * Starts a script of the bench that calls `answerParent`.
 * @param script - relative to `bench/`
 * @param args - its arguments
 */
export async function startAsked<A extends Api>(
  script: string,
  profiled = false,
  args: readonly string[] = [],
): Promise<Asked<A>> {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const profile =
    profiled && profileDirectory !== undefined ? ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`] : [];
  const child = fork(path, args, {
    env,
    execArgv: ["--conditions=@narrowgate/source", "--expose-gc", ...profile],
    serialization: "advanced",
  });
  const base = owned(child);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<void>();
  child.on("message", (answer: Answer | { readonly ready: true }) => {
    if ("ready" in answer) return ready.resolve();
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) waiter?.resolve(answer.result);
    else waiter?.reject(new Error(`${script}: ${answer.error}`));
  });
  child.once("exit", (code, signal) => {
    const ended = new Error(`${script} ended: ${code ?? signal}`);
    ready.reject(ended);
    for (const waiter of waiting.values()) waiter.reject(ended);
  });
  await ready.promise;
  let next = 0;
  const ask = async (method: string, input?: unknown): Promise<unknown> => {
    const id = next++;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    child.send({ id, method, input });
    const timer = setTimeout(() => answer.reject(new Error(`${script}: ${method} took too long`)), ANSWER_MS);
    return answer.promise.finally(() => clearTimeout(timer));
  };
  // TRUST: both ends are this repository's, and `A` is the type of what the script hands to `answerParent`.
  return { ...base, ask: ask as Asked<A>["ask"] };
}

/** Runs a script of the bench to its end. @returns what it sent */
export async function runOnce<T>(script: string, args: readonly string[]): Promise<T> {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = fork(path, args, {
    env,
    execArgv: ["--conditions=@narrowgate/source"],
    serialization: "advanced",
  });
  owned(child);
  const sent = Promise.withResolvers<T>();
  child.once("message", (message: T) => sent.resolve(message));
  child.once("exit", (code, signal) => sent.reject(new Error(`${script} ended: ${code ?? signal}`)));
  const result = await sent.promise;
  if (child.exitCode === null) await once(child, "exit");
  return result;
}

async function answersAt(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const reached = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return reached;
}

/** Starts a program that listens on a port, and waits until it does. */
export async function startProgram(args: readonly string[], port: number): Promise<Child> {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  const base = owned(child);
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await answersAt(port)) return base;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await base.stop();
  throw new Error(`${args[0]} does not listen`);
}
