import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseStrictJson } from "@narrowgate/kernel";
import { asObject, textAt } from "../admin/read-answer.ts";

const PROGRAM = fileURLToPath(new URL("../../../server/src/version-main.ts", import.meta.url));

/** What is installed here. */
export interface InstalledVersion {
  readonly version: string;
  /** Digest of all sources: what `status` of an instance that runs them says too. */
  readonly build: string;
}

/** Asks the server's own program, which runs the same sources. @throws what starting a program throws */
export async function installedVersion(): Promise<InstalledVersion> {
  const options = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning", PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  const row = asObject(parseStrictJson(stdout));
  return { version: textAt(row, "version"), build: textAt(row, "build") };
}
