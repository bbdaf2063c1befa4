import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { invariant, type JsonObject, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { asObject, objectsAt } from "../admin/read-answer.ts";

const program = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
/** The driver is a program of its own, which shares no code with what it attacks: it is started, never imported. */
const DRIVER = program("drills/src/main.ts");
const NODE = [process.execPath, "--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];

/** The programs that the driver starts in its turn. */
export const PROGRAMS: { readonly server: readonly string[]; readonly verifier: readonly string[] } = {
  server: [...NODE, program("server/src/main.ts")],
  verifier: [...NODE, program("verifier/src/bin.node.ts")],
};

function start(args: readonly string[]): ChildProcess {
  const [node = "", ...flags] = NODE;
  return spawn(node, [...flags, DRIVER, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

/** What drills there are. */
export async function listDrills(): Promise<readonly JsonObject[]> {
  const child = start(["--list"]);
  invariant(child.stdout !== null, "the driver's standard output is a pipe");
  const said = parseStrictJson(await text(child.stdout), { maxBytes: 1_048_576 });
  return objectsAt(asObject(said), "drills");
}

/** Ends what a driver that was killed left behind, by process id. */
export function endChildren(folder: string): void {
  const file = `${folder}/children`;
  if (!existsSync(file)) return;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const pid = Number(line);
    if (pid <= 1 || !isOfFolder(pid, folder)) continue;
    process.kill(pid, "SIGKILL");
  }
}

/** Whether a process is one that was started on this folder: ids are given again. */
function isOfFolder(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    return false;
  }
}

/**
 * Runs the driver to its end. Signals that end us stop the drill.
 * @param told - is given each event, in order. @param wanted - stops it as a signal does
 */
export async function runDriver(
  job: JsonObject,
  told: (event: JsonObject) => Promise<void>,
  wanted: AbortSignal,
): Promise<void> {
  const child = start([]);
  invariant(child.stdout !== null && child.stdin !== null, "the driver speaks over pipes");
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", (cause) =>
    reject(new NarrowgateError("internal_error", "the driver cannot be started", { cause })),
  );
  child.once("exit", (code) => resolve(code ?? 1));
  const stop = (): void => void child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  wanted.addEventListener("abort", stop, { once: true });
  child.stdin.end(JSON.stringify(job));
  try {
    for await (const line of createInterface({ input: child.stdout }))
      await told(asObject(parseStrictJson(line, { maxBytes: 1_048_576 })));
    if ((await ended) !== 0)
      throw new NarrowgateError("internal_error", "the driver ended before its work was done");
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, stop);
    wanted.removeEventListener("abort", stop);
    child.kill("SIGTERM");
  }
}
