import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  canonicalBytes,
  canonicalJson,
  concatBytes,
  fromBase64url,
  type JsonObject,
  NarrowgateError,
  parseStrictJson,
  readInteger,
  readObject,
  readString,
  toBase64url,
  utf8,
} from "@narrowgate/kernel";
import { replaceFile } from "../platform/keys/atomic-file.ts";
import type { LogKey } from "../platform/keys/custody.ts";
import { stateRolledBack } from "./errors.ts";

/** The newest head and revocations this instance knows of, kept outside the store. */
export interface Anchor {
  readonly origin: string;
  readonly size: number;
  /** Tree root at `size`, base64url. */
  readonly root: string;
  /** Position of the newest revocation below `size`. */
  readonly feed: number;
  /** Digest chained over all revocations up to `feed`. */
  readonly feedDigest: string;
  /** Epoch of kind `all` then, so that `recover` raises it even from a lost store. */
  readonly epochAll: number;
}

const FORMAT = "narrowgate-anchor/1";
const DOMAIN = utf8("narrowgate/anchor/v1\n");

function members(anchor: Anchor): JsonObject {
  const { origin, size, root, feed, feedDigest, epochAll } = anchor;
  return { epoch_all: epochAll, feed, feed_digest: feedDigest, format: FORMAT, origin, root, size };
}

function signedBytes(anchor: Anchor): Uint8Array {
  return concatBytes(DOMAIN, canonicalBytes(members(anchor)));
}

/** Tells whether `a` is further on than `b`. */
function isNewer(a: Anchor, b: Anchor | undefined): boolean {
  return b === undefined || a.size > b.size || a.feed > b.feed;
}

/**
 * Keeps the anchor file: one writer, each write awaited by whom it concerns, writes in between merged into one.
 * Guarantee: the file never goes back to an older anchor.
 */
export class AnchorFile {
  readonly #path: string;
  readonly #key: LogKey;
  #written: Anchor | undefined;
  #next: Anchor | undefined;
  #writing: Promise<void> | null = null;

  /** @param path - outside the store, so that whoever restores an old copy of the store does not restore it too */
  constructor(path: string, key: LogKey, written?: Anchor) {
    this.#path = path;
    this.#key = key;
    this.#written = written;
  }

  /** Resolves when an anchor at least as new is on disk. @throws what the file system throws */
  async write(anchor: Anchor): Promise<void> {
    while (isNewer(anchor, this.#written)) {
      if (isNewer(anchor, this.#next)) this.#next = anchor;
      this.#writing ??= this.#drain();
      await this.#writing;
    }
  }

  async #drain(): Promise<void> {
    try {
      for (let anchor = this.#next; anchor !== undefined; anchor = this.#next) {
        this.#next = undefined;
        const signature = toBase64url(await this.#key.sign(signedBytes(anchor)));
        await replaceFile(this.#path, `${canonicalJson({ ...members(anchor), signature })}\n`);
        this.#written = anchor;
      }
    } finally {
      this.#writing = null;
    }
  }
}

function isSigned(anchor: Anchor, signature: string, key: LogKey): boolean {
  const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64url(key.publicKey) };
  return verify(
    null,
    signedBytes(anchor),
    createPublicKey({ key: jwk, format: "jwk" }),
    fromBase64url(signature),
  );
}

/**
 * Reads and verifies an anchor file.
 * Trust: the file may have been replaced; only one signed by the log key counts.
 * @throws `state_rolled_back` when it is missing, malformed or not signed by the log key: without it nobody can say
 * that the store is not an old copy
 */
export async function readAnchor(path: string, key: LogKey): Promise<Anchor> {
  try {
    const top = readObject(parseStrictJson(await readFile(path)), "", [
      "epoch_all",
      "feed",
      "feed_digest",
      "format",
      "origin",
      "root",
      "signature",
      "size",
    ]);
    const anchor: Anchor = {
      origin: readString(top.origin, "/origin"),
      size: readInteger(top.size, "/size"),
      root: readString(top.root, "/root"),
      feed: readInteger(top.feed, "/feed"),
      feedDigest: readString(top.feed_digest, "/feed_digest"),
      epochAll: readInteger(top.epoch_all, "/epoch_all"),
    };
    if (top.format !== FORMAT || !isSigned(anchor, readString(top.signature, "/signature"), key)) {
      throw stateRolledBack("the anchor is not signed by the log key");
    }
    return anchor;
  } catch (cause) {
    if (cause instanceof NarrowgateError && cause.code === "state_rolled_back") throw cause;
    throw stateRolledBack("the anchor is missing or malformed");
  }
}
