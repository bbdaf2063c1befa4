import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerRecord } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import { containerFault } from "./container-command.ts";
import { homePrefix } from "./stale-homes.ts";

/** Under which identity a child runs, and where its home is. */
export interface Isolation {
  readonly uid?: number;
  readonly gid?: number;
  /** A directory of its own, empty at start. */
  readonly home: string;
  release(): void;
}

type StdioUpstreamRecord = Extract<ServerRecord["upstream"], { transport: "stdio" }>;

const defaultUser = "nobody";

function refuse(detail: string): never {
  throw new NarrowgateError("posture_refused", "the isolation this server asks for cannot be had here", {
    detail,
  });
}

function refuseFault(fault: string | undefined): void {
  if (fault !== undefined) refuse(fault);
}

function findUser(user: string): { readonly uid: number; readonly gid: number } {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name === user || uid === user) return { uid: Number(uid), gid: Number(gid) };
  }
  return refuse(`there is no user \`${user}\` on this machine`);
}

function otherUser(upstream: StdioUpstreamRecord): { readonly uid: number; readonly gid: number } {
  if (process.getuid?.() !== 0) {
    refuse("`isolation: user` needs the right to change the user; run as root, or use a container");
  }
  const { uid, gid } = findUser(upstream.user ?? defaultUser);
  // INVARIANT: never our own user, or the child could read our files.
  if (uid === 0) refuse("`isolation: user` with the user that runs this server is no isolation");
  return { uid, gid };
}

function identityOf(
  upstream: StdioUpstreamRecord,
  env: string,
  privatePaths: readonly string[],
): { readonly uid?: number; readonly gid?: number } {
  switch (upstream.isolation) {
    case "user":
      return otherUser(upstream);
    case "container":
      refuseFault(containerFault(upstream.command, privatePaths));
      return {};
    case "none":
      if (env !== "dev") refuse("`isolation: none` is for the environment dev alone");
      return {};
  }
}

/**
 * Why the isolation a child server asks for cannot be had here, for an operator; undefined when it can.
 * @param privatePaths - absolute paths of this server's own files, which no child may be shown
 */
export function isolationFault(
  upstream: StdioUpstreamRecord,
  env: "dev" | "staging" | "prod",
  privatePaths: readonly string[] = [],
): string | undefined {
  try {
    identityOf(upstream, env, privatePaths);
    return undefined;
  } catch (error) {
    if (isNarrowgateError(error)) return error.detail ?? error.publicMessage;
    throw error;
  }
}

/**
 * Prepares the identity and home of a child server.
 * @throws NarrowgateError `posture_refused` when the isolation it is registered with cannot be had
 */
export function isolate(upstream: StdioUpstreamRecord, env: "dev" | "staging" | "prod"): Isolation {
  const identity = identityOf(upstream, env, []);
  const home = mkdtempSync(join(tmpdir(), homePrefix(process.pid)));
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(home, identity.uid, identity.gid);
  return { ...identity, home, release: () => rmSync(home, { recursive: true, force: true }) };
}
