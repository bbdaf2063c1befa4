import { open } from "node:fs/promises";

/** Writes a new file for its owner alone; an existing one stays. @throws when the file exists */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
