import { glob, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";

const MAX_FILES = 4096;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** One Cedar file, named relative to the registry file. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
}

function refuse(message: string): never {
  throw new NarrowgateError("malformed_input", message);
}

async function readOne(folder: string, name: string): Promise<PolicyFile> {
  const path = await realpath(join(folder, name));
  // A link that leads out of the folder would put into force what nobody sees beside the file.
  if (!path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`))
    refuse(`${name} leads out of the folder of the registry file`);
  const found = await stat(path);
  if (!found.isFile()) refuse(`${name} is not a file`);
  if (found.size > MAX_FILE_BYTES) throw new NarrowgateError("request_too_large", `${name} is too large`);
  return { name: name.split(sep).join("/"), text: await readFile(path, "utf8") };
}

/**
 * Reads the policies a registry file names, in the order of their names.
 * @param folder - of the registry file
 * @param globs - already checked: relative, and inside the folder by their text
 * @throws `malformed_input` when a pattern finds nothing or a file lies elsewhere
 */
export async function readPolicies(folder: string, globs: readonly string[]): Promise<readonly PolicyFile[]> {
  const root = await realpath(folder);
  const names = new Set<string>();
  for (const [i, pattern] of globs.entries()) {
    const before = names.size;
    let found = 0;
    for await (const name of glob(pattern, { cwd: root })) {
      found += 1;
      names.add(name);
      if (names.size > MAX_FILES) refuse(`/policies: more than ${MAX_FILES} files`);
    }
    if (found === 0 && names.size === before) refuse(`/policies/${i}: ${pattern} finds no file`);
  }
  return Promise.all([...names].sort().map((name) => readOne(root, name)));
}
