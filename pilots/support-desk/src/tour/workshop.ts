import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@narrowgate/kernel";

const PILOT = fileURLToPath(new URL("../..", import.meta.url));
const REPOSITORY = join(PILOT, "..", "..");
const BINARIES = join(REPOSITORY, "node_modules", ".bin");

/** A private copy of the pilot: its files, its memory server over HTTP, its registry file. */
export interface Workshop {
  readonly directory: string;
  readonly registryFile: string;
  /** How the stdio server runs: as another OS user where that can be had, else `none`, which the tour says. */
  readonly isolation: "user" | "none";
  readonly memoryUrl: string;
  /** Ends the memory server and starts one whose descriptions were tampered with. */
  poisonMemory(): Promise<void>;
  /** Puts the honest memory server back. */
  healMemory(): Promise<void>;
  close(): Promise<void>;
}

/** A port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Another OS user can reach the programs of this checkout only when every folder above lets others pass. */
async function othersCanPass(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const { mode } = await stat(at);
    if ((mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

async function isolationHere(): Promise<"user" | "none"> {
  const isRoot = process.getuid?.() === 0;
  return isRoot && (await othersCanPass(BINARIES)) ? "user" : "none";
}

async function layOut(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  await mkdir(join(directory, "desk", "outbox"), { recursive: true });
  await cp(join(PILOT, "data", "tickets"), join(directory, "desk", "tickets"), { recursive: true });
  await cp(join(PILOT, "data", "memory.jsonl"), join(directory, "memory.jsonl"));
  await cp(join(PILOT, "policies"), join(directory, "policies"), { recursive: true });
  for (const part of ["desk", "desk/tickets"]) await chmod(join(directory, part), 0o755);
  await chmod(join(directory, "desk", "outbox"), 0o777);
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    if (child.exitCode !== null) throw new TypeError("the memory server ended before it listened");
    const up = await fetch(`http://127.0.0.1:${port}/ping`, { signal: AbortSignal.timeout(500) }).then(
      async (response) => {
        await response.body?.cancel();
        return true;
      },
      () => false,
    );
    if (up) return;
    if (Date.now() > deadline) throw new TypeError("the memory server does not listen");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function startMemory(
  directory: string,
  port: number,
  command: readonly string[],
): Promise<ChildProcess> {
  const args = [
    join(BINARIES, "mcp-proxy"),
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--server",
    "stream",
    "--",
    ...command,
  ];
  const child = spawn(process.execPath, args, {
    stdio: "ignore",
    env: {
      PATH: [dirname(process.execPath), BINARIES, process.env["PATH"] ?? ""].join(delimiter),
      MEMORY_FILE_PATH: join(directory, "memory.jsonl"),
    },
  });
  await listening(port, child);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 6_000);
  await ended;
  clearTimeout(hard);
}

/** Sets the workshop up in a temporary folder. @param jwks - key set of the simulated identity provider */
export async function openWorkshop(jwks: JsonObject): Promise<Workshop> {
  const directory = await mkdtemp(join(tmpdir(), "narrowgate-tour-"));
  await layOut(directory);
  const isolation = await isolationHere();
  const port = await freePort();
  const memoryUrl = `http://127.0.0.1:${port}/mcp`;
  const registryFile = join(directory, "narrowgate.yaml");
  const template = await readFile(join(PILOT, "narrowgate.yaml"), "utf8");
  const file = template
    .replace("http://127.0.0.1:7431/mcp", memoryUrl)
    .replace(
      "[mcp-server-filesystem, data]",
      JSON.stringify([process.execPath, join(BINARIES, "mcp-server-filesystem"), "desk"]),
    )
    .replaceAll(
      "node, suppliers/server.mjs",
      `${process.execPath}, ${join(PILOT, "suppliers", "server.mjs")}`,
    )
    .replaceAll("isolation: user", `isolation: ${isolation}`)
    .replace(/^ {4}jwks: .*$/m, `    jwks: ${JSON.stringify(jwks)}`);
  await writeFile(registryFile, file);
  const honest = [process.execPath, join(BINARIES, "mcp-server-memory")];
  const poisoned = [process.execPath, join(PILOT, "src", "tour", "poisoned-memory.ts"), ...honest];
  let memory = await startMemory(directory, port, honest);
  const swap = async (command: readonly string[]): Promise<void> => {
    await stop(memory);
    memory = await startMemory(directory, port, command);
  };
  return {
    directory,
    registryFile,
    isolation,
    memoryUrl,
    poisonMemory: () => swap(poisoned),
    healMemory: () => swap(honest),
    async close() {
      await stop(memory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
