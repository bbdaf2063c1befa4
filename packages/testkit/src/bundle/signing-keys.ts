import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { type EcPublicJwk, jwkThumbprint } from "@narrowgate/contracts";
import { type JsonObject, type Sha256, toBase64url, utf8 } from "@narrowgate/kernel";
import { cosignatureType, ed25519Type, makeVerifierKey, type VerifierKey } from "@narrowgate/tlog";

/** SHA-256 by node:crypto. */
export const sha256: Sha256 = (data) => createHash("sha256").update(data).digest();

/** A SHA-256 digest of a text as base64url. */
export function digestText(text: string): string {
  return toBase64url(sha256(utf8(text)));
}

/** 16 random bytes as base64url. */
export function newId(): string {
  return toBase64url(randomBytes(16));
}

/** An ES256 key that signs JWTs. */
export class JwtKey {
  readonly jwk: EcPublicJwk;
  readonly jkt: string;
  readonly #key: KeyObject;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.jwk = { crv: "P-256", kty: "EC", x, y };
    this.jkt = jwkThumbprint(sha256, this.jwk);
    this.#key = privateKey;
  }

  /** Signs `<header>.<payload>`. */
  signInput(signingInput: string): string {
    const signature = sign("sha256", utf8(signingInput), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return `${signingInput}.${toBase64url(signature)}`;
  }

  sign(header: JsonObject, payload: JsonObject): string {
    return this.signInput(signingInput(header, payload));
  }
}

/** The signing input of a JWT. */
export function signingInput(header: JsonObject, payload: JsonObject): string {
  return [header, payload].map((part) => toBase64url(utf8(JSON.stringify(part)))).join(".");
}

/** An Ed25519 key of a log or a witness. */
export class NoteKey {
  readonly verifierKey: VerifierKey;
  readonly #key: KeyObject;

  constructor(name: string, type: "log" | "witness") {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const { x = "" } = publicKey.export({ format: "jwk" });
    this.#key = createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }));
    const publicBytes = new Uint8Array(Buffer.from(x, "base64url"));
    this.verifierKey = makeVerifierKey(sha256, {
      name,
      type: type === "log" ? ed25519Type : cosignatureType,
      publicKey: publicBytes,
    });
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, message, this.#key));
  }
}
