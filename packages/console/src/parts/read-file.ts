/** Largest file that is read, in bytes: a browser holds it several times over while it is checked. */
const maxFileBytes = 256 * 1024 * 1024;

/** A file somebody chose or dropped, read into memory. */
export interface ChosenFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Reads a file of bounded size; nothing is sent anywhere. @returns undefined when it is too large or cannot be read */
export async function readChosenFile(file: File): Promise<ChosenFile | undefined> {
  if (file.size > maxFileBytes) return undefined;
  try {
    return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch {
    return undefined;
  }
}
