import { MAX_PACKED_FILE, parseTarHeader, TAR_BLOCK, tarPadding } from "@narrowgate/contracts";
import { concatBytes, type Sha256, toSha256Text, utf8 } from "@narrowgate/kernel";
import { refuse } from "./refuse.ts";

/** One file of a pack, whole. */
export interface PackedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the files of an evidence pack one after the other; one of them is in memory at a time.
 * Trust: what it reads is attacker-controlled.
 * @see docs/spec/evidence-pack.md K-1
 */
export class ArchiveReader {
  readonly #sha256: Sha256;
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];
  #length = 0;
  #next: PackedFile | null | undefined;
  #digest: Uint8Array = new Uint8Array(32);

  constructor(sha256: Sha256, source: AsyncIterable<Uint8Array>) {
    this.#sha256 = sha256;
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Digest over all files that were taken (K-11). */
  get digest(): string {
    return toSha256Text(this.#digest);
  }

  /** The next file, not taken; null at the end of the archive. */
  async peek(): Promise<PackedFile | null> {
    if (this.#next === undefined) this.#next = await this.#read();
    return this.#next;
  }

  /** Takes the next file. @throws PackRefusal K-1, K-2 when it has another name, or there is none */
  async take(name: string): Promise<Uint8Array> {
    const file = await this.peek();
    if (file?.name !== name) refuse("K-2", `${name} is not where it has to be`);
    this.#next = undefined;
    const { bytes } = file;
    this.#digest = this.#sha256(concatBytes(this.#digest, this.#sha256(utf8(name)), this.#sha256(bytes)));
    return bytes;
  }

  async #read(): Promise<PackedFile | null> {
    const header = parseTarHeader(await this.#exactly(TAR_BLOCK));
    if (header === undefined) return this.#end();
    const { name, size } = header;
    if (size > MAX_PACKED_FILE) refuse("K-1", `${name} is larger than any file of a pack`);
    const bytes = await this.#exactly(size);
    const padding = await this.#exactly(tarPadding(size).length);
    if (padding.some((byte) => byte !== 0)) refuse("K-1", `${name} is not filled up with NUL`);
    return { name, bytes };
  }

  async #end(): Promise<null> {
    const block = await this.#exactly(TAR_BLOCK);
    if (block.some((byte) => byte !== 0)) refuse("K-1", "the archive does not end with two blocks of NUL");
    if (this.#length > 0 || (await this.#more()))
      refuse("K-1", "something stands behind the end of the archive");
    return null;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done === true) return false;
    this.#held.push(value);
    this.#length += value.length;
    return value.length > 0 || this.#more();
  }

  async #exactly(size: number): Promise<Uint8Array> {
    while (this.#length < size) {
      if (!(await this.#more())) refuse("K-1", "the archive ends in the middle of a file");
    }
    const all =
      this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : concatBytes(...this.#held);
    this.#held = [all.subarray(size)];
    this.#length -= size;
    return all.subarray(0, size);
  }
}
