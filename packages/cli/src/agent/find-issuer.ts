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

/** The instance that is meant: named, or on this machine. @throws `usage` when there is none */
export async function findIssuer(call: Call): Promise<string> {
  const named = call.text("url") ?? call.env.NARROWGATE_BASE_URL;
  if (named !== undefined) {
    if (URL.canParse(named) && /^https?:/.test(named)) return named.replace(/\/+$/, "");
    throw new NarrowgateError("usage", "--url must be the http(s) address of an instance");
  }
  const file = join(resolve(call.directory, dataDirectory(call)), CONFIG_FILE);
  if (existsSync(file)) return (await readConfigSummary(file)).baseUrl;
  throw new NarrowgateError("usage", "say which instance with --url, such as https://gate.example");
}
