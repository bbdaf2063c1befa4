import type { TrustFile } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonSpan, scanCanonicalJson, toBase64url, utf8 } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { parseCheckpoint, parseNote } from "@narrowgate/tlog";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { BundleText } from "../../../packages/verifier/src/bundle-text.ts";
import { InclusionPaths } from "../../../packages/verifier/src/checks/inclusion-paths.ts";
import {
  ENTRY_DEPTH,
  ENTRY_SPAN_DEPTH,
  readEntryFrame,
  readOpenings,
  uncommittedParts,
} from "../../../packages/verifier/src/read-entry.ts";

/** What speaks against a changed file. `unclear`: the entry alone does not say. */
export type Fault = "form" | "tree" | "commitment" | "none" | "unclear";

const sealChars = 43;
const limits = { maxDepth: ENTRY_DEPTH, spanDepth: ENTRY_SPAN_DEPTH };

/** Changes one byte in place for as long as `look` takes. */
export function withByte<T>(bytes: Uint8Array, at: number, value: number, look: () => T): T {
  const before = bytes[at] ?? 0;
  bytes[at] = value;
  const seen = look();
  bytes[at] = before;
  return seen;
}

/**
 * A bundle in which single bytes are changed, by somebody who makes the seal fit again. A changed entry is held to what
 * the verifier holds every entry to, by its own code: form, place in the tree, commitments. It needs nothing
 * of the other entries for that, which is why every byte can be tried.
 */
export class FlipCheck {
  readonly #file: Uint8Array;
  readonly #crypto = nodeCrypto();
  readonly #engine = createNodeEngine();
  readonly #trust: TrustFile;
  readonly #paths: InclusionPaths;
  readonly entries: readonly JsonSpan[];

  constructor(file: Uint8Array, trust: TrustFile) {
    this.#file = file;
    this.#trust = trust;
    const { items = [] } = scanCanonicalJson(file.subarray(0, -1), { maxDepth: 96, spanDepth: 2 });
    this.entries = items[2]?.items ?? [];
    const { checkpoint } = JSON.parse(new TextDecoder().decode(file));
    const { size, root } = parseCheckpoint(parseNote(String(checkpoint)).text);
    this.#paths = new InclusionPaths(this.#crypto.sha256, size, root);
  }

  /** What speaks against these bytes in the place of an entry. */
  entryFault(bytes: Uint8Array): Fault {
    try {
      const file = new BundleText(bytes);
      const frame = readEntryFrame(this.#crypto.sha256, file, scanCanonicalJson(bytes, limits));
      if (!this.#paths.includes(frame.leaf.writer.seq, frame.hash, frame.inclusion)) return "tree";
      for (const _ of uncommittedParts(this.#crypto.sha256, file, frame)) return "commitment";
      readOpenings(file, frame, []);
      return "none";
    } catch (error) {
      if (!isNarrowgateError(error)) throw error;
      return this.#isInside(error.publicMessage, bytes) ? "form" : "unclear";
    }
  }

  /** Whether the fault was met within the entry: at its very end the next entry might still mend it. */
  #isInside(message: string, bytes: Uint8Array): boolean {
    const [, at] = / at byte (\d+): (?!something stands behind)/.exec(message) ?? [];
    return message.startsWith("not canonical JSON") ? Number(at) < bytes.length : true;
  }

  /** First rule by which the whole verifier fails the file as it stands; undefined when it does not. */
  async failingRule(file: Uint8Array = this.#file): Promise<string | undefined> {
    const options = { crypto: this.#crypto, engine: this.#engine, trust: this.#trust };
    const { verdict, failures } = await verifyBundle(file, options);
    return verdict === "failed" ? (failures[0]?.rule ?? "none") : undefined;
  }

  /** Where the characters of the seal stand. */
  get seal(): { readonly start: number; readonly end: number } {
    const start =
      Buffer.from(this.#file.buffer, this.#file.byteOffset, this.#file.length).lastIndexOf('"seal":"') + 8;
    return { start, end: start + sealChars };
  }

  /** The file with a seal over what it now says. */
  resealed(seal = this.seal): Uint8Array {
    const file = Uint8Array.from(this.#file);
    const without = Buffer.concat([
      file.subarray(0, seal.start - ',"seal":"'.length),
      file.subarray(seal.end + 1, -1),
    ]);
    file.set(utf8(toBase64url(this.#crypto.sha256(without))), seal.start);
    return file;
  }
}
