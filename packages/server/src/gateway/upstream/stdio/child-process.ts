import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { ServerRecord } from "@narrowgate/contracts";
import { splitLines } from "../split-lines.ts";
import { createUndertaker } from "./end-with-us.ts";
import type { Isolation } from "./isolation.ts";
import { startFault } from "./start-fault.ts";

/** A running child server: lines in, lines out. */
export interface Child {
  /** False when the child does not read and too much is waiting. */
  write(line: Uint8Array): boolean;
  /** Ends the child and every process of its group; resolves when it is gone. */
  end(): Promise<void>;
}

/** What a child does. `onEnd` is called exactly once. */
export interface ChildEvents {
  onLine(line: Uint8Array): void;
  /** One bounded piece of what it writes for its operator. */
  onLog(text: string): void;
  onEnd(why: string): void;
}

/** What a child is started with. */
export interface ChildStart {
  readonly upstream: Extract<ServerRecord["upstream"], { transport: "stdio" }>;
  readonly isolation: Isolation;
  readonly path: string;
  readonly messageBytes: number;
}

const maxLogBytes = 4096;
const maxLogBytesPerMinute = 65_536;
const maxWaitingBytes = 8_388_608;
const graceMs = 1_500;
const drainMs = 200;
const newline = Buffer.from("\n");
// One for the process, since it is the process that dies.
const undertaker = createUndertaker();

/** The least a program needs to run; nothing of our own environment is handed down. */
function environmentOf({ upstream, isolation, path }: ChildStart): Record<string, string> {
  return { PATH: path, HOME: isolation.home, LANG: "C.UTF-8", ...upstream.env };
}

function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    // The child leads its own process group, so this reaches what it started as well.
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function closePipes(child: ChildProcessWithoutNullStreams): void {
  child.stdout.destroy();
  child.stderr.destroy();
}

function start(request: ChildStart): ChildProcessWithoutNullStreams {
  const [command = "", ...args] = request.upstream.command;
  const { uid, gid, home } = request.isolation;
  return spawn(command, args, {
    cwd: request.upstream.cwd ?? home,
    env: environmentOf(request),
    detached: true,
    stdio: "pipe",
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
}

/** Passes on so much of what a child logs per minute, and drops the rest. */
function boundLog(onLog: (text: string) => void): (chunk: Buffer) => void {
  let minute = -1;
  let left = 0;
  return (chunk) => {
    const now = Math.floor(performance.now() / 60_000);
    if (now !== minute) left = maxLogBytesPerMinute;
    minute = now;
    const kept = chunk.subarray(0, Math.min(left, maxLogBytes));
    left -= kept.length;
    if (kept.length > 0) onLog(kept.toString("utf8"));
  };
}

/** Wires what the child says to `events`; the returned promise resolves when its process is gone. */
function listen(
  child: ChildProcessWithoutNullStreams,
  request: ChildStart,
  events: ChildEvents,
): Promise<void> {
  let ended = false;
  const end = (why: string): void => {
    if (ended) return;
    ended = true;
    signalGroup(child, "SIGKILL");
    request.isolation.release();
    events.onEnd(why);
  };
  const lines = splitLines(request.messageBytes, (line) => {
    if (!ended) events.onLine(line);
  });
  child.stdout.on("data", (chunk: Buffer) => {
    if (!ended && !lines.push(chunk)) end("it sent a message that is too large");
  });
  const logs = boundLog(events.onLog);
  child.stderr.on("data", (chunk: Buffer) => {
    if (!ended) logs(chunk);
  });
  // A child that closes its input is noticed by its exit; writing to it meanwhile must not end us.
  child.stdin.on("error", () => {});
  return new Promise((resolve) => {
    child.once("error", (error) => {
      end(startFault(request.upstream, Object(error).code));
      resolve();
    });
    // A process that left the group can keep the pipes open after the child itself is gone.
    child.once("exit", () => setTimeout(() => closePipes(child), drainMs).unref());
    child.once("close", (status, signal) => {
      end(`it ended (${signal ?? `status ${status ?? "unknown"}`})`);
      resolve();
    });
  });
}

/**
 * Starts a child server in a process group of its own.
 * Trust: everything it writes is a stranger's.
 */
export function startChild(request: ChildStart, events: ChildEvents): Child {
  const child = start(request);
  const letGo = child.pid === undefined ? () => {} : undertaker.take(child.pid, events.onLog);
  const gone = listen(child, request, {
    ...events,
    onEnd(why) {
      letGo();
      events.onEnd(why);
    },
  });
  return {
    write(line) {
      if (child.stdin.destroyed || child.stdin.writableLength > maxWaitingBytes) return false;
      child.stdin.write(Buffer.concat([line, newline]));
      return true;
    },
    async end() {
      child.stdin.end();
      signalGroup(child, "SIGTERM");
      const kill = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
      await gone;
      clearTimeout(kill);
    },
  };
}
