import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Call, OptionSpec } from "../command.ts";
import { dataDirectory } from "../places/directories.ts";
import { CONFIG_FILE, readConfigSummary } from "../places/instance.ts";

/** Options that say which instance is meant. */
export const ISSUER_OPTIONS: readonly OptionSpec[] = [
  { name: "url", value: "URL", help: "address of the instance (default: the one in --data)" },
  { name: "data", value: "DIR", help: "folder of an instance on this machine (default .narrowgate)" },
];

function readAddress(named: string): string {
  if (URL.canParse(named) && /^https?:/.test(named)) return named.replace(/\/+$/, "");
  throw new NarrowgateError("usage", "--url must be the http(s) address of an instance");
}

async function issuerHere(call: Call): Promise<string> {
  const file = join(resolve(call.directory, dataDirectory(call)), CONFIG_FILE);
  if (existsSync(file)) return (await readConfigSummary(file)).baseUrl;
  throw new NarrowgateError("usage", "say which instance with --url, such as https://gate.example");
}

/** The instance that is meant: named, or on this machine. @throws `usage` when there is none */
export async function findIssuer(call: Call): Promise<string> {
  const named = call.text("url") ?? call.env.NARROWGATE_BASE_URL;
  return named === undefined ? issuerHere(call) : readAddress(named);
}

/**
 * Holds the key of an agent to the instance that was typed, with `--url` or `--data`; without either the key says where.
 * @throws `usage` when the key is for another instance
 */
export async function checkIssuer(
  call: Call,
  { agent, issuer }: { readonly agent: string; readonly issuer: string },
): Promise<void> {
  const url = call.text("url");
  if (url === undefined && call.text("data") === undefined) return;
  const meant = url === undefined ? await issuerHere(call) : readAddress(url);
  if (meant === issuer) return;
  throw new NarrowgateError(
    "usage",
    `the key of ${agent} here is for ${issuer}, not for ${meant}; a key for that one stands in a folder of its own: make it with \`narrowgate agent join ${agent} --key-dir DIR\`, and name the folder here with --key-dir`,
  );
}
