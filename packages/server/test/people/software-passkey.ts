import { generateKeyPairSync, hash, type KeyObject, randomBytes, sign } from "node:crypto";
import { canonicalJson, toBase64url, utf8 } from "@narrowgate/kernel";
import { isoCBOR } from "@simplewebauthn/server/helpers";

/** What a test wants otherwise than an honest browser and authenticator would do it. */
export interface Tampering {
  readonly origin?: string;
  readonly type?: string;
  readonly rpId?: string;
  /** Flags of the authenticator data; default user present and verified. */
  readonly flags?: number;
  readonly crossOrigin?: boolean;
  readonly alg?: "ES256" | "EdDSA" | "RS256";
  readonly aaguid?: string;
  readonly signCount?: number;
}

const UP_UV = 0x05;
const AT = 0x40;

function clientData(type: string, challenge: string, origin: string, crossOrigin: boolean): Uint8Array {
  return utf8(canonicalJson({ type, challenge, origin, crossOrigin }));
}

function authenticatorHead(rpId: string, flags: number, signCount: number): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(signCount);
  return Buffer.concat([hash("sha256", rpId, "buffer"), Buffer.from([flags]), counter]);
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64url"));

type CoseKey = Map<number, number | Uint8Array<ArrayBuffer>>;

function coseKey(key: KeyObject, alg: string): CoseKey {
  const jwk = key.export({ format: "jwk" });
  const cose: CoseKey = new Map();
  if (alg === "ES256")
    cose
      .set(1, 2)
      .set(3, -7)
      .set(-1, 1)
      .set(-2, bytes(jwk.x ?? ""))
      .set(-3, bytes(jwk.y ?? ""));
  else if (alg === "EdDSA")
    cose
      .set(1, 1)
      .set(3, -8)
      .set(-1, 6)
      .set(-2, bytes(jwk.x ?? ""));
  else
    cose
      .set(1, 3)
      .set(3, -257)
      .set(-1, bytes(jwk.n ?? ""))
      .set(-2, bytes(jwk.e ?? ""));
  return cose;
}

function newKey(alg: string): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (alg === "EdDSA") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** An authenticator and a browser in software: makes and uses one passkey, honestly unless told otherwise. */
export class SoftwarePasskey {
  readonly id: string = toBase64url(randomBytes(32));
  readonly #alg: string;
  readonly #keys: ReturnType<typeof newKey>;
  #signCount = 0;

  constructor(alg: "ES256" | "EdDSA" | "RS256" = "ES256") {
    this.#alg = alg;
    this.#keys = newKey(alg);
  }

  /** Answers what `navigator.credentials.create` is asked. */
  create(challenge: string, place: { readonly origin: string; readonly rpId: string }, more: Tampering = {}) {
    const { type = "webauthn.create", flags = UP_UV, crossOrigin = false, signCount = 0 } = more;
    const aaguid = Buffer.from((more.aaguid ?? "0".repeat(32)).replaceAll("-", ""), "hex");
    const id = bytes(this.id);
    const length = Buffer.from([0, id.length]);
    const key = isoCBOR.encode(coseKey(this.#keys.publicKey, this.#alg));
    const head = authenticatorHead(more.rpId ?? place.rpId, flags | AT, signCount);
    const authData = Uint8Array.from(Buffer.concat([head, aaguid, length, id, key]));
    const attestation = new Map<string, string | Map<string, string> | Uint8Array<ArrayBuffer>>([
      ["fmt", "none"],
      ["attStmt", new Map<string, string>()],
      ["authData", authData],
    ]);
    return {
      id: this.id,
      client_data: toBase64url(clientData(type, challenge, more.origin ?? place.origin, crossOrigin)),
      attestation_object: toBase64url(isoCBOR.encode(attestation)),
    };
  }

  /** Answers what `navigator.credentials.get` is asked. */
  get(challenge: string, place: { readonly origin: string; readonly rpId: string }, more: Tampering = {}) {
    const { type = "webauthn.get", flags = UP_UV, crossOrigin = false } = more;
    this.#signCount = more.signCount ?? this.#signCount + 1;
    const data = clientData(type, challenge, more.origin ?? place.origin, crossOrigin);
    const head = authenticatorHead(more.rpId ?? place.rpId, flags, this.#signCount);
    const signed = Buffer.concat([head, hash("sha256", data, "buffer")]);
    const digest = this.#alg === "EdDSA" ? undefined : "sha256";
    return {
      id: this.id,
      client_data: toBase64url(data),
      authenticator_data: toBase64url(head),
      signature: toBase64url(sign(digest, signed, this.#keys.privateKey)),
    };
  }
}
