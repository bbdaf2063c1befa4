import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";

const MAX_BYTES = 16 * 1024;
const OTHERS = 0o077;

/**
 * Writes a file that only its owner can read, whole or not at all.
 * Guarantee: the name never holds a part of it, and the bytes are on disk when this returns.
 * @param replace - false: an existing file stays, and this throws `EEXIST`'s kind of failure
 */
export async function writePrivateFile(
  path: string,
  text: string,
  options: { readonly replace: boolean },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (!options.replace) return writeNew(path, text);
  const draft = `${path}.${process.pid}.new`;
  try {
    await writeNew(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Reads a file that holds a secret.
 * @throws `usage` when others could read or change it, or when it is no plain file; `not_found`
 */
export async function readPrivateFile(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause: unknown) => {
    throw new NarrowgateError("not_found", `there is no readable file ${path}`, { cause });
  });
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > MAX_BYTES)
      throw new NarrowgateError("usage", `${path} is not a key file`);
    if ((found.mode & OTHERS) !== 0)
      throw new NarrowgateError("usage", `${path} can be read by others; make it private: chmod 600 ${path}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
