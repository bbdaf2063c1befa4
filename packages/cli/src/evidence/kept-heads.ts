import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isNarrowgateError } from "@narrowgate/kernel";
import { formatNote, parseCheckpoint, parseNote } from "@narrowgate/tlog";
import { configDirectory } from "../places/directories.ts";

/** As many as go into a bundle. */
const MAX_HEADS = 16;

/** A head that was given out in a trust file. */
export interface KeptHead {
  readonly size: number;
  /** Signed note with the log's own signature and no other. */
  readonly note: string;
}

function folderOf(env: NodeJS.ProcessEnv, origin: string): string {
  return join(configDirectory(env), "heads", origin.replace(/[^A-Za-z0-9.-]/g, "_"));
}

/** Keeps a head that is about to be given out, so that later bundles can show that they extend it. */
export async function keepHead(env: NodeJS.ProcessEnv, note: string): Promise<void> {
  const { text, signatures } = parseNote(note);
  const { origin, size } = parseCheckpoint(text);
  const own = signatures.filter(({ name }) => name === origin).slice(0, 1);
  const folder = folderOf(env, origin);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, `${size}.note`), formatNote({ text, signatures: own }), { mode: 0o600 });
}

/** Heads of a log that were given out, newest first; an unreadable one is passed over. */
export async function keptHeads(env: NodeJS.ProcessEnv, origin: string): Promise<readonly KeptHead[]> {
  const folder = folderOf(env, origin);
  const names = await readdir(folder).catch(() => []);
  const sizes = names.flatMap((name) =>
    /^[1-9]\d{0,14}\.note$/.test(name) ? [Number.parseInt(name, 10)] : [],
  );
  const heads: KeptHead[] = [];
  for (const size of sizes.sort((a, b) => b - a)) {
    const note = await readFile(join(folder, `${size}.note`), "utf8");
    if (isHead(note, origin, size)) heads.push({ size, note });
  }
  return heads.slice(0, MAX_HEADS);
}

function isHead(note: string, origin: string, size: number): boolean {
  try {
    const checkpoint = parseCheckpoint(parseNote(note).text);
    return checkpoint.origin === origin && checkpoint.size === size;
  } catch (error) {
    if (isNarrowgateError(error)) return false;
    throw error;
  }
}
