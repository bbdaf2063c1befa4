import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chownSync, lchownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { NarrowgateError } from "@narrowgate/kernel";
import { findPostgres } from "./postgres-binaries.ts";

const startLimitMs = 60_000;
const run = promisify(execFile);

/** A PostgreSQL server of the test's own, on a Unix socket in a private directory. */
export interface PostgresServer {
  /** Address of a database of this server. */
  url(database: string): string;
  /**
   * Ends the server at once, without the clean-up of an orderly end, and starts it again on the same data.
   * @param settings - server settings for this start, such as `fsync: "off"`
   */
  crash(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the server and removes everything it wrote. */
  stop(): Promise<void>;
}

/**
 * Makes and starts a server. It listens on no network port and asks nobody for a password: who can reach the directory
 * (mode 0700) may connect.
 * @returns undefined when there is no PostgreSQL on this machine
 */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "narrowgate-pg-"));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const bin = findPostgres(join(directory, "server"));
  if (bin === undefined) {
    remove();
    return undefined;
  }
  const user = unprivilegedUser();
  if (user !== undefined) giveTo(directory, user.uid);
  const data = join(directory, "data");
  const options = { cwd: directory, env: { PATH: bin, LC_ALL: "C", TZ: "UTC" }, ...user };
  // A locale that does not sort by bytes, so that keys in its order would show.
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"];
  await run(join(bin, "initdb"), ["-D", data, "-U", "narrowgate", "-A", "trust", ...locale], options);
  const start = (settings: Readonly<Record<string, string>>): Promise<ChildProcess> => {
    const chosen = { listen_addresses: "", unix_socket_directories: directory, ...settings };
    const flags = Object.entries(chosen).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const args = ["-D", data, ...flags];
    return ready(spawn(join(bin, "postgres"), args, { ...options, stdio: ["ignore", "ignore", "pipe"] }));
  };
  let server = await start({});
  const end = async (signal: "SIGINT" | "SIGQUIT"): Promise<void> => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    if (server.exitCode === null && server.kill(signal)) await ended;
  };
  return {
    url: (database) => `postgresql:///${database}?host=${encodeURIComponent(directory)}&user=narrowgate`,
    crash: async (settings = {}) => {
      await end("SIGQUIT");
      server = await start(settings);
    },
    stop: async () => {
      await end("SIGINT");
      remove();
    },
  };
}

/** Waits until the server accepts connections; it dies with this process. */
async function ready(server: ChildProcess): Promise<ChildProcess> {
  process.once("exit", () => server.kill("SIGQUIT"));
  let log = "";
  const { stderr } = server;
  if (stderr === null) throw new NarrowgateError("internal_error", "the server's log is not read");
  const lines = createInterface({ input: stderr });
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(`PostgreSQL did not start:\n${log}`));
    const limit = setTimeout(fail, startLimitMs);
    server.once("error", reject);
    server.once("exit", fail);
    lines.on("line", (line) => {
      log = `${log}${line}\n`.slice(-4000);
      if (!line.includes("ready to accept connections")) return;
      clearTimeout(limit);
      server.off("exit", fail);
      resolve();
    });
  });
  return server;
}

/** PostgreSQL refuses to run as root; then it runs as nobody, who has a name on every system. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return { uid: Number(nobody?.[1] ?? 65534), gid: Number(nobody?.[2] ?? 65534) };
}

function giveTo(directory: string, uid: number): void {
  chownSync(directory, uid, uid);
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    lchownSync(join(directory, name), uid, uid);
  }
}
