import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  canonicalJson,
  fromBase64url,
  invariant,
  type JsonObject,
  NarrowgateError,
} from "@narrowgate/kernel";
import { signEs256 } from "../jose/es256.ts";
import { replaceFile } from "./atomic-file.ts";
import type { KeyCustody, LogKey, TokenKey } from "./custody.ts";
import { memoryKeyEncryptionKey } from "./key-encryption.ts";
import { formatKeyFile, type KeyFile, loadKeyFile, type StoredKey, type StoredTokenKey } from "./key-file.ts";

const FILE_NAME = "keys.json";

/** Public members of a JWK, as strings. */
function publicMembers(key: KeyObject): Record<string, string> {
  const members: Record<string, string> = {};
  for (const [name, value] of Object.entries(key.export({ format: "jwk" }))) {
    if (typeof value === "string") members[name] = value;
  }
  return members;
}

/** RFC 7638: the required members of EC and OKP keys are all the public members node exports. */
function thumbprint(key: KeyObject): string {
  return createHash("sha256")
    .update(canonicalJson(publicMembers(key)))
    .digest("base64url");
}

function newKey(type: "ed25519" | "p256"): StoredKey {
  const { privateKey, publicKey } =
    type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64url");
  return { kid: thumbprint(publicKey), pkcs8 };
}

function importKey({ kid, pkcs8 }: StoredKey): { privateKey: KeyObject; publicKey: KeyObject } {
  const privateKey = createPrivateKey({
    key: Buffer.from(fromBase64url(pkcs8)),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey(privateKey);
  invariant(thumbprint(publicKey) === kid, "a stored key does not have its thumbprint");
  return { privateKey, publicKey };
}

function signEd25519(key: KeyObject, message: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign(null, message, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
  });
}

function logKey(stored: StoredKey): LogKey {
  const { privateKey, publicKey } = importKey(stored);
  const raw = fromBase64url(publicMembers(publicKey)["x"] ?? "");
  return { kid: stored.kid, publicKey: raw, sign: (message) => signEd25519(privateKey, message) };
}

function tokenKey(stored: StoredTokenKey): TokenKey {
  const { privateKey, publicKey } = importKey(stored);
  const jwk: JsonObject = { ...publicMembers(publicKey), alg: "ES256", kid: stored.kid, use: "sig" };
  return {
    kid: stored.kid,
    jwk,
    publicKey,
    supersededAtMs: stored.state === "superseded" ? stored.supersededAtMs : null,
    sign: (message) => signEs256(privateKey, message),
  };
}

async function saveKeys(directory: string, file: KeyFile): Promise<void> {
  await replaceFile(join(directory, FILE_NAME), formatKeyFile(file), 0o600);
}

/**
 * Makes the keys of a new instance: log (Ed25519), first token key (ES256), key-encryption key, in one file of mode 0600.
 * @throws `conflict` when the directory already holds keys
 */
export async function createFileCustody(directory: string): Promise<KeyCustody> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const present = await access(join(directory, FILE_NAME)).then(
    () => true,
    () => false,
  );
  if (present) throw new NarrowgateError("conflict", "there are keys in this directory already");
  await saveKeys(directory, {
    log: newKey("ed25519"),
    token: [{ ...newKey("p256"), state: "signing", supersededAtMs: 0 }],
    keyEncryption: {
      kid: randomBytes(16).toString("base64url"),
      secret: randomBytes(32).toString("base64url"),
    },
  });
  return openFileCustody(directory);
}

/**
 * Opens the keys that {@link createFileCustody} made. Never makes a key that is missing.
 * @throws `store_missing` when there are none, or others can read them
 */
export async function openFileCustody(directory: string): Promise<KeyCustody> {
  let file = await loadKeyFile(join(directory, FILE_NAME));
  let keys = new Map(file.token.map((stored) => [stored.kid, tokenKey(stored)]));

  async function change(token: readonly StoredTokenKey[]): Promise<void> {
    const next: KeyFile = { ...file, token };
    // ORDER: on disk before in use, else a restart would not know a key that has signed.
    await saveKeys(directory, next);
    file = next;
    keys = new Map(token.map((stored) => [stored.kid, tokenKey(stored)]));
  }

  function find(kid: string | undefined): TokenKey {
    const key = kid === undefined ? undefined : keys.get(kid);
    if (key === undefined) throw new NarrowgateError("not_found", "there is no such token key");
    return key;
  }

  return {
    log: logKey(file.log),
    keyEncryption: memoryKeyEncryptionKey(file.keyEncryption.kid, fromBase64url(file.keyEncryption.secret)),
    signingTokenKey: () => find(file.token.find(({ state }) => state === "signing")?.kid),
    tokenKeys: () => [...keys.values()],
    async addTokenKey() {
      const added: StoredTokenKey = { ...newKey("p256"), state: "added", supersededAtMs: 0 };
      await change([added, ...file.token]);
      return find(added.kid);
    },
    async activateTokenKey(kid, nowMs) {
      find(kid);
      await change(
        file.token.map((stored) => {
          if (stored.kid === kid) return { ...stored, state: "signing", supersededAtMs: 0 };
          if (stored.state !== "signing") return stored;
          return { ...stored, state: "superseded", supersededAtMs: nowMs };
        }),
      );
    },
    async retireTokenKeys(nowMs, overlapMs) {
      const gone = file.token.filter(
        ({ state, supersededAtMs }) => state === "superseded" && nowMs - supersededAtMs >= overlapMs,
      );
      if (gone.length > 0) await change(file.token.filter((stored) => !gone.includes(stored)));
      return gone.map(({ kid }) => kid);
    },
  };
}
