import { readFile } from "node:fs/promises";
import { fromBase64url, toBase64url } from "@narrowgate/kernel";
import { clearDrafts, replaceFile } from "../../platform/keys/atomic-file.ts";
import { memoryKeyEncryptionKey } from "../../platform/keys/key-encryption.ts";
import type { FoldKeeper } from "./evaluate-log.ts";

const FORMAT = "narrowgate-fold/1";
/** The first line is short; anything longer is none of ours. */
const MAX_HEAD = 1024;

/** Keys that what is kept is sealed under, one each time. */
export interface FoldKeys {
  /** A new key, and the same as only this instance can unwrap it. */
  make(): Promise<{ readonly key: Uint8Array; readonly wrapped: Uint8Array }>;
  /** @returns undefined when this instance did not wrap it */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array | undefined>;
}

function readHead(file: Buffer): { readonly head: string; readonly wrapped: Uint8Array } | undefined {
  const end = file.subarray(0, MAX_HEAD).indexOf("\n") + 1;
  const head = file.toString("utf8", 0, end);
  const [format, key] = head.trimEnd().split(" ");
  if (format !== FORMAT || key === undefined) return undefined;
  try {
    return { head, wrapped: fromBase64url(key) };
  } catch {
    return undefined;
  }
}

/** Opens the rest of the file; undefined when it is not exactly what was sealed behind this head. */
function openSealed(key: Uint8Array, head: string, sealed: Uint8Array): string | undefined {
  try {
    return Buffer.from(memoryKeyEncryptionKey("fold", key).unwrap(sealed, head)).toString("utf8");
  } catch {
    return undefined;
  }
}

/**
 * Keeps what was folded in a file: sealed, since names from opened parts stand in it, so that a torn or forged one is
 * recognised; replaced as a whole, so that a crash leaves the former one or the new.
 * Trust: the file may be anything. An older one of ours is a true state of an earlier log, and is taken for that.
 * @param report - told why something could not be kept
 */
export function fileKeeper(path: string, keys: FoldKeys, report: (cause: unknown) => void): FoldKeeper {
  return {
    async load() {
      await clearDrafts(path).catch(report);
      const file = await readFile(path).catch(() => undefined);
      const found = file === undefined ? undefined : readHead(file);
      if (file === undefined || found === undefined) return undefined;
      const key = await keys.unwrap(found.wrapped);
      const sealed = file.subarray(Buffer.byteLength(found.head));
      return key === undefined ? undefined : openSealed(key, found.head, sealed);
    },
    async save(text) {
      try {
        const { key, wrapped } = await keys.make();
        const head = `${FORMAT} ${toBase64url(wrapped)}\n`;
        const sealed = memoryKeyEncryptionKey("fold", key).wrap(Buffer.from(await text(), "utf8"), head);
        await replaceFile(path, Buffer.concat([Buffer.from(head, "utf8"), sealed]));
      } catch (cause) {
        report(cause);
      }
    },
  };
}
