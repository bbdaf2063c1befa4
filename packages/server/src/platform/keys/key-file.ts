import { readFile, stat } from "node:fs/promises";
import {
  canonicalJson,
  NarrowgateError,
  parseStrictJson,
  readArray,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";

/** One private key as it lies in the key file. */
export interface StoredKey {
  readonly kid: string;
  /** PKCS #8 DER, base64url. */
  readonly pkcs8: string;
}

/** A token key; `state` says whether it signs. */
export interface StoredTokenKey extends StoredKey {
  readonly state: "added" | "signing" | "superseded";
  /** Unix ms; 0 unless superseded. */
  readonly supersededAtMs: number;
}

/** Everything the file custodian keeps. */
export interface KeyFile {
  readonly log: StoredKey;
  readonly token: readonly StoredTokenKey[];
  readonly keyEncryption: { readonly kid: string; readonly secret: string };
}

const FORMAT = "narrowgate-keys/1";

function unreadable(detail: string, cause?: unknown): NarrowgateError {
  return new NarrowgateError("store_missing", "the key file cannot be used", {
    detail,
    ...(cause === undefined ? {} : { cause }),
  });
}

function readStoredKey(value: unknown, path: string): StoredKey {
  const { kid, pkcs8 } = readObject(value, path, ["kid", "pkcs8"]);
  return { kid: readString(kid, `${path}/kid`), pkcs8: readString(pkcs8, `${path}/pkcs8`) };
}

function readTokenKey(value: unknown, path: string): StoredTokenKey {
  const { kid, pkcs8, state, supersededAtMs } = readObject(value, path, [
    "kid",
    "pkcs8",
    "state",
    "supersededAtMs",
  ]);
  if (state !== "added" && state !== "signing" && state !== "superseded")
    throw unreadable(`${path}/state is unknown`);
  return {
    kid: readString(kid, `${path}/kid`),
    pkcs8: readString(pkcs8, `${path}/pkcs8`),
    state,
    supersededAtMs: readInteger(supersededAtMs, `${path}/supersededAtMs`, { min: 0 }),
  };
}

/** Writes a key file; the text is secret. */
export function formatKeyFile(file: KeyFile): string {
  return `${canonicalJson({
    format: FORMAT,
    keyEncryption: { ...file.keyEncryption },
    log: { ...file.log },
    token: file.token.map((key) => ({ ...key })),
  })}\n`;
}

/** Parses what {@link formatKeyFile} wrote. @throws `store_missing`, `malformed_json`, `malformed_input` */
export function parseKeyFile(text: string): KeyFile {
  const top = readObject(parseStrictJson(text), "", ["format", "keyEncryption", "log", "token"]);
  if (top.format !== FORMAT) throw unreadable("the key file has another format");
  const kek = readObject(top.keyEncryption, "/keyEncryption", ["kid", "secret"]);
  return {
    log: readStoredKey(top.log, "/log"),
    token: readArray(top.token, "/token", readTokenKey, { min: 1, max: 64 }),
    keyEncryption: {
      kid: readString(kek.kid, "/keyEncryption/kid"),
      secret: readString(kek.secret, "/keyEncryption/secret"),
    },
  };
}

/**
 * Loads a key file, refusing one that others than its owner can read.
 * @throws `store_missing` when it is absent, open to others or not a key file
 */
export async function loadKeyFile(path: string): Promise<KeyFile> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw unreadable("the key file is open to other users; chmod it to 0600");
    return parseKeyFile(await readFile(path, "utf8"));
  } catch (cause) {
    if (cause instanceof NarrowgateError) throw cause;
    throw unreadable("the key file cannot be read", cause);
  }
}
