import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Call } from "../command.ts";

/** Folder of an instance's data, when nothing else is said. */
export const DEFAULT_DATA = ".narrowgate";

/** Where this person's keys are: `$XDG_CONFIG_HOME/narrowgate`, else `~/.config/narrowgate`. */
export function configDirectory(env: NodeJS.ProcessEnv): string {
  const xdg = env.XDG_CONFIG_HOME;
  return join(xdg?.startsWith("/") === true ? xdg : join(homedir(), ".config"), "narrowgate");
}

/** Folder of the agents' keys: `--key-dir`, `NARROWGATE_AGENT_DIR`, or below the configuration. */
export function agentDirectory({ text, env, directory }: Call): string {
  const chosen = text("key-dir") ?? env.NARROWGATE_AGENT_DIR;
  return chosen === undefined ? join(configDirectory(env), "agents") : resolve(directory, chosen);
}

/** Folder of operators' keys: `NARROWGATE_OPERATOR_DIR`, or below the configuration. */
export function operatorDirectory({ env, directory }: Pick<Call, "env" | "directory">): string {
  const chosen = env.NARROWGATE_OPERATOR_DIR;
  return chosen === undefined ? join(configDirectory(env), "operators") : resolve(directory, chosen);
}

/** Folder of the instance: `--data`, `NARROWGATE_DATA`, or `.narrowgate` here. */
export function dataDirectory({ text, env, directory }: Pick<Call, "text" | "env" | "directory">): string {
  return resolve(directory, text("data") ?? env.NARROWGATE_DATA ?? DEFAULT_DATA);
}
