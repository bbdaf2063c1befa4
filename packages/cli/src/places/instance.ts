import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import type { Call, OptionSpec } from "../command.ts";
import { dataDirectory, operatorDirectory } from "./directories.ts";
import { operatorKeyPath } from "./operator-key-file.ts";

/** Which instance is meant, by its folder: {@link dataDirectory}. */
export const DATA_OPTION: OptionSpec = {
  name: "data",
  value: "DIR",
  help: "folder of the instance (default .narrowgate, or NARROWGATE_DATA)",
};

/** Options of every command that speaks to an instance as an operator. */
export const INSTANCE_OPTIONS: readonly OptionSpec[] = [
  DATA_OPTION,
  {
    name: "operator-key",
    value: "FILE",
    help: "key to sign with (default: the one enrolled from here, or NARROWGATE_OPERATOR_KEY)",
  },
];

/** Name of the configuration in the folder of an instance. */
export const CONFIG_FILE = "config.json";

/** Where an instance is, for an operator. */
export interface InstancePlace {
  /** Origin that every signed request names. */
  readonly baseUrl: string;
  readonly adminSocket: string;
  readonly operatorKey: string;
}

/** What the CLI reads of a configuration; the server checks the whole. */
export interface ConfigSummary {
  readonly environment: string;
  readonly baseUrl: string;
  readonly dataDirectory: string;
  readonly port: number;
}

function memberText(value: unknown, name: string): string {
  const text: unknown = Reflect.get(Object(value), name);
  if (typeof text !== "string" || text === "")
    throw new NarrowgateError("malformed_input", `the configuration lacks ${name}`);
  return text;
}

/** Reads the parts of a configuration that the CLI needs. @throws `malformed_json`, `malformed_input`, or what reading throws */
export async function readConfigSummary(file: string): Promise<ConfigSummary> {
  const config = parseStrictJson(await readFile(file), { maxBytes: 64 * 1024 });
  const { listen }: { listen?: unknown } = Object(config);
  const port: unknown = Reflect.get(Object(listen), "port");
  return {
    environment: memberText(config, "environment"),
    baseUrl: memberText(config, "base_url"),
    dataDirectory: resolve(file, "..", memberText(config, "data_directory")),
    port: typeof port === "number" ? port : 0,
  };
}

async function summaryOf(call: Call): Promise<ConfigSummary> {
  const folder = dataDirectory(call);
  return readConfigSummary(join(folder, CONFIG_FILE)).catch((error: unknown) => {
    if (Object(error).code !== "ENOENT") throw error;
    throw new NarrowgateError(
      "store_missing",
      `there is no instance in ${folder}; start one with \`narrowgate up\`, or name its folder with --data`,
      { cause: error },
    );
  });
}

/**
 * Finds the instance a command is for: `NARROWGATE_ADMIN_SOCKET` with `NARROWGATE_BASE_URL`, else the configuration in
 * its folder.
 * @throws `store_missing` when there is none
 */
export async function findInstance(call: Call): Promise<InstancePlace> {
  const { env } = call;
  const { NARROWGATE_ADMIN_SOCKET: socket, NARROWGATE_BASE_URL: url } = env;
  const isNamed = socket !== undefined && url !== undefined && call.text("data") === undefined;
  const summary = isNamed ? undefined : await summaryOf(call);
  const baseUrl = summary?.baseUrl ?? url ?? "";
  const chosen = call.text("operator-key") ?? env.NARROWGATE_OPERATOR_KEY;
  return {
    baseUrl,
    adminSocket: summary === undefined ? (socket ?? "") : join(summary.dataDirectory, "admin.sock"),
    operatorKey:
      chosen === undefined
        ? operatorKeyPath(operatorDirectory(call), baseUrl)
        : resolve(call.directory, chosen),
  };
}
