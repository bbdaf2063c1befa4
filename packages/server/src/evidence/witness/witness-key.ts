import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { fromBase64url, NarrowgateError } from "@narrowgate/kernel";
import { cosignatureType, makeVerifierKey, type VerifierKey } from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { replaceFile } from "../../platform/keys/atomic-file.ts";

/** A witness's key pair. */
export interface WitnessKey {
  readonly key: VerifierKey;
  readonly privateKey: KeyObject;
}

function withName(name: string, privateKey: KeyObject): WitnessKey {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const key = makeVerifierKey(nodeSha256, { name, type: cosignatureType, publicKey: fromBase64url(x) });
  return { key, privateKey };
}

/** Makes a witness key in a file of mode 0600. @throws `malformed_input` on an impossible name */
export async function createWitnessKey(path: string, name: string): Promise<WitnessKey> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const made = withName(name, privateKey);
  await replaceFile(path, privateKey.export({ type: "pkcs8", format: "pem" }), 0o600);
  return made;
}

/** Loads what {@link createWitnessKey} made. @throws `store_missing` when it is absent or open to others */
export async function loadWitnessKey(path: string, name: string): Promise<WitnessKey> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) === 0) return withName(name, createPrivateKey(await readFile(path)));
  } catch (cause) {
    throw new NarrowgateError("store_missing", "the witness key cannot be read", { cause });
  }
  throw new NarrowgateError("store_missing", "the witness key is open to other users; chmod it to 0600");
}
