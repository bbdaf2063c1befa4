import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { ServerRecord } from "@narrowgate/contracts";

type Started = Pick<Extract<ServerRecord["upstream"], { transport: "stdio" }>, "command" | "cwd">;

/** Names are registered, and bounded; a long one is cut all the same, since it goes into a sentence. */
const maxShown = 200;

function shown(name: string): string {
  return `\`${name.length > maxShown ? `${name.slice(0, maxShown)}...` : name}\``;
}

function missing({ command: [program = ""], cwd }: Started): string {
  if (cwd !== undefined && !existsSync(cwd)) return `its folder ${shown(cwd)} was not found`;
  if (isAbsolute(program) && existsSync(program))
    return `what ${shown(program)} is run by, as its first line says, was not found`;
  return `${shown(program)} was not found`;
}

/**
 * Why the system did not start a child server, for its operator: the program or the folder, and nothing of the other
 * arguments or of the environment, in which secrets may stand.
 * Trust: `code` is the system's.
 */
export function startFault(upstream: Started, code: unknown): string {
  const [program = ""] = upstream.command;
  const what = "it could not be started";
  if (code === "ENOENT") return `${what}: ${missing(upstream)}`;
  if (code === "EACCES" || code === "EPERM")
    return `${what}: ${shown(program)} may not be run, or its folder not be entered`;
  return typeof code === "string" ? `${what}: ${shown(program)} (${code})` : what;
}
