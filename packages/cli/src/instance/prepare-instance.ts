import { existsSync } from "node:fs";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ENVIRONMENTS } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Call } from "../command.ts";
import { dataDirectory } from "../places/directories.ts";
import { CONFIG_FILE, type ConfigSummary, readConfigSummary } from "../places/instance.ts";

const DRAFT_FILE = "config.first.json";
const KEY_FOLDER = "keys";
const DEFAULT_PORT = 7420;

/** A folder in which an instance is, or is about to be. */
export interface PreparedInstance {
  readonly folder: string;
  readonly configFile: string;
  readonly summary: ConfigSummary;
  /** This is the explicit first start: the store does not exist yet. */
  readonly isNew: boolean;
  /** Says that the first start is complete. */
  settle(): Promise<void>;
}

function portOf(call: Call): number | undefined {
  const text = call.text("port");
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new NarrowgateError("usage", "--port must be a number from 1 to 65535");
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || text.endsWith("/"))
    throw new NarrowgateError("usage", "--base-url must be an http(s) URL without a trailing slash");
  return text;
}

function environmentOf(call: Call): string | undefined {
  const text = call.text("environment");
  if (text === undefined || ENVIRONMENTS.some((known) => known === text)) return text;
  throw new NarrowgateError("usage", `--environment must be one of ${ENVIRONMENTS.join(", ")}`);
}

function newConfig(call: Call): object {
  const port = portOf(call) ?? DEFAULT_PORT;
  return {
    environment: environmentOf(call) ?? "dev",
    base_url: checkBaseUrl(call.text("base-url") ?? `http://localhost:${port}`),
    listen: { host: "127.0.0.1", port },
    data_directory: ".",
    store: { kind: "sqlite", path: "store/narrowgate.sqlite" },
    // In a folder of its own, so that it can lie on another volume than the store it watches.
    anchor_file: "anchor/anchor.json",
  };
}

function checkSame(call: Call, summary: ConfigSummary, file: string): void {
  const url = call.text("base-url");
  const port = portOf(call);
  const environment = environmentOf(call);
  const differs =
    (url !== undefined && url !== summary.baseUrl) ||
    (port !== undefined && port !== summary.port) ||
    (environment !== undefined && environment !== summary.environment);
  if (differs)
    throw new NarrowgateError(
      "conflict",
      `this instance was made for ${summary.baseUrl} on port ${summary.port} (${summary.environment}); change ${file} instead`,
    );
}

/**
 * Finds the instance of a folder, or prepares its first start.
 * ORDER: the configuration gets its final name only after the server made the store, so that a first start that broke off
 * is seen as one; one that broke off before anything was made begins again.
 * @throws `conflict` when an earlier first start broke off, or when options differ from the configuration; `usage`
 */
export async function prepareInstance(call: Call): Promise<PreparedInstance> {
  const folder = dataDirectory(call);
  const configFile = join(folder, CONFIG_FILE);
  if (existsSync(configFile)) {
    const summary = await readConfigSummary(configFile);
    checkSame(call, summary, configFile);
    return { folder, configFile, summary, isNew: false, settle: async () => undefined };
  }
  const draft = join(folder, DRAFT_FILE);
  // Keys are the first that a server makes: without them nothing was made, and the start begins again.
  if (existsSync(draft) && existsSync(join(folder, KEY_FOLDER)))
    throw new NarrowgateError(
      "conflict",
      `the first start in ${folder} broke off; if nothing in it is of use, remove that folder and start again`,
    );
  const config = newConfig(call);
  for (const part of ["", "store", "anchor"])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await writeFile(draft, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  const summary = await readConfigSummary(draft);
  return { folder, configFile: draft, summary, isNew: true, settle: () => rename(draft, configFile) };
}
