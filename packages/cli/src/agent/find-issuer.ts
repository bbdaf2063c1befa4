import { existsSync } from "node:fs";
import { join } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Call, OptionSpec } from "../command.ts";
import { dataDirectory } from "../places/directories.ts";
import { CONFIG_FILE, DATA_OPTION, readConfigSummary } from "../places/instance.ts";

/** Options that say which instance is meant. */
export const ISSUER_OPTIONS: readonly OptionSpec[] = [
  { name: "url", value: "URL", help: "address of the instance (default: the one in --data)" },
  DATA_OPTION,
];

/** Where somebody says which instance is meant. */
type Said = Pick<Call, "text" | "env" | "directory">;

function readAddress(named: string, where: string): string {
  if (URL.canParse(named) && /^https?:/.test(named)) return named.replace(/\/+$/, "");
  throw new NarrowgateError("usage", `${where} must be the http(s) address of an instance`);
}

async function issuerHere(said: Said): Promise<string> {
  const folder = dataDirectory(said);
  const file = join(folder, CONFIG_FILE);
  if (existsSync(file)) return (await readConfigSummary(file)).baseUrl;
  throw new NarrowgateError(
    "usage",
    `there is no instance in ${folder}; say which one with --data, or with --url, such as https://gate.example`,
  );
}

/** The instance that is named: what was typed comes before the environment. Undefined when nothing names one. */
async function namedIssuer(said: Said): Promise<string | undefined> {
  const url = said.text("url");
  if (url !== undefined) return readAddress(url, "--url");
  const { NARROWGATE_BASE_URL: address, NARROWGATE_DATA: folder } = said.env;
  if (said.text("data") !== undefined) return issuerHere(said);
  if (address !== undefined) return readAddress(address, "NARROWGATE_BASE_URL");
  return folder === undefined ? undefined : issuerHere(said);
}

/** The instance that is meant: named, or in the folder here. @throws `usage` when there is none */
export async function findIssuer(said: Said): Promise<string> {
  return (await namedIssuer(said)) ?? issuerHere(said);
}

/**
 * Holds the key of an agent to the instance that is named, with `--url`, `--data` or in the environment; where nothing
 * names one the key says where.
 * @throws `usage` when the key is for another instance, or the folder that is named holds none
 */
export async function checkIssuer(
  said: Said,
  { agent, issuer }: { readonly agent: string; readonly issuer: string },
): Promise<void> {
  const meant = await namedIssuer(said);
  if (meant === undefined || meant === issuer) return;
  throw new NarrowgateError(
    "usage",
    `the key of ${agent} here is for ${issuer}, not for ${meant}; a key for that one stands in a folder of its own: make it with \`narrowgate agent join ${agent} --key-dir DIR\`, and name the folder here with --key-dir`,
  );
}
