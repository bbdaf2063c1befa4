import { randomBytes } from "node:crypto";
import { open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const draftPrefix = (path: string): string => `.${basename(path)}.`;

/**
 * Removes what crashes left behind while a file was being replaced. ORDER: while nobody replaces it.
 * @throws what the file system throws
 */
export async function clearDrafts(path: string): Promise<void> {
  const directory = dirname(path);
  for (const name of await readdir(directory))
    if (name.startsWith(draftPrefix(path))) await unlink(join(directory, name));
}

/**
 * Replaces a file so that a crash leaves the old content or the new, never a mixture, and the new one is on disk on return.
 * @param mode - permission bits of the new file
 * @throws what the file system throws; the old file is then untouched
 */
export async function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const directory = dirname(path);
  const fresh = join(directory, `${draftPrefix(path)}${randomBytes(8).toString("hex")}`);
  const file = await open(fresh, "wx", mode);
  try {
    try {
      await file.writeFile(content);
      // ORDER: the content before the name, else a crash could leave the name on an empty file.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (cause) {
    await unlink(fresh).catch(() => undefined);
    throw cause;
  }
  await syncDirectory(directory);
}
