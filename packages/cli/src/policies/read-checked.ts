import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseRegistryDocument, type RegistryDocument } from "@narrowgate/contracts";
import type { Call } from "../command.ts";
import { REGISTRY_FILE, readRegistryFile } from "../registry-file/read-registry-file.ts";
import { type Candidate, readCandidate } from "./read-candidate.ts";

/** Policies that are to be checked, and the registry of the agents and tools they are about. */
export interface Checked extends Candidate {
  readonly document: RegistryDocument;
  /** Where that registry stands; undefined when there is none. */
  readonly registry?: string;
}

async function whole(registry: string): Promise<Checked> {
  const { document, policies: files = [], tests = [] } = await readRegistryFile(registry);
  return { document, files, tests, registry };
}

/** The registry file in the folder of a path, or in the one above. */
function registryNear(path: string): string | undefined {
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  return [folder, dirname(folder)]
    .map((place) => join(place, REGISTRY_FILE))
    .find((file) => existsSync(file));
}

/**
 * Reads what `policy check` is about: a registry file with its policies, or policies by themselves, whose agents and
 * tools are those of `--file`, or of the registry file beside or above them.
 * @throws `not_found`, `malformed_input`, `secret_in_config`
 */
export async function readChecked(call: Pick<Call, "argument" | "text" | "directory">): Promise<Checked> {
  const { directory } = call;
  const [named, given] = [call.argument(0), call.text("file")];
  const file = given === undefined ? undefined : resolve(directory, given);
  if (named === "") return whole(file ?? resolve(directory, REGISTRY_FILE));
  const path = resolve(directory, named);
  const inside = join(path, REGISTRY_FILE);
  if (file === undefined && /\.ya?ml$/.test(path)) return whole(path);
  if (file === undefined && existsSync(inside)) return whole(inside);
  const candidate = await readCandidate(directory, named);
  const registry = file ?? registryNear(path);
  if (registry === undefined) return { ...candidate, document: parseRegistryDocument({}) };
  return { ...candidate, document: (await readRegistryFile(registry)).document, registry };
}
