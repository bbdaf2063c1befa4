import { type FileHandle, open, rm } from "node:fs/promises";
import { tarEnd, tarHeader, tarPadding } from "@narrowgate/contracts";
import { concatBytes, sha256, toSha256Text, utf8 } from "@narrowgate/kernel";

/** Writes the files of an evidence pack one after the other. @see docs/spec/evidence-pack.md K-1 */
export class ArchiveWriter {
  readonly #file: FileHandle;
  #digest: Uint8Array = new Uint8Array(32);
  #size = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Begins a new archive for its owner alone, and takes it away again when it is not finished.
   * @throws when the file exists, or what `work` throws
   */
  static async write<T>(path: string, work: (archive: ArchiveWriter) => Promise<T>): Promise<T> {
    const file = await open(path, "wx", 0o600);
    try {
      const archive = new ArchiveWriter(file);
      const result = await work(archive);
      await archive.#append(tarEnd());
      await file.sync();
      await file.close();
      return result;
    } catch (error) {
      await file.close();
      await rm(path);
      throw error;
    }
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Digest over all files so far (K-11). */
  get digest(): string {
    return toSha256Text(this.#digest);
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    await this.#append(tarHeader(name, bytes.length));
    await this.#append(bytes);
    await this.#append(tarPadding(bytes.length));
    this.#digest = sha256(concatBytes(this.#digest, sha256(utf8(name)), sha256(bytes)));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    // Where it was opened with `wx`, each write goes behind the one before.
    if (bytes.length > 0) await this.#file.writeFile(bytes);
    this.#size += bytes.length;
  }
}
