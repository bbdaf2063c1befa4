import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  type ApprovalPlace,
  formatStatement,
  type PublicJwk,
  parsePublicJwk,
  parseStatement,
  type SignedStatement,
  statementChallenge,
} from "@narrowgate/contracts";
import { utf8 } from "@narrowgate/kernel";
import { nodeSha256 } from "../../src/platform/crypto-hash/sha256.ts";

/** Where approvals are signed in tests. */
export const place: ApprovalPlace = {
  origin: "https://approve.example.test",
  rpId: "approve.example.test",
};

const sha256 = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();
const b64 = (data: Uint8Array): string => Buffer.from(data).toString("base64url");

/** What a test may have an authenticator or a browser do otherwise. */
export interface Ceremony {
  readonly type?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly flags?: number;
  /** Signature counter, below 256; default one more each time. */
  readonly count?: number;
  readonly more?: Record<string, unknown>;
}

/** A passkey made by node:crypto, which signs as an authenticator does. */
export interface TestPasskey {
  /** Credential id. */
  readonly id: string;
  readonly jwk: PublicJwk;
  readonly digest: string;
  readonly rpId: string;
  /** Signs a statement; canonical JSON, as the page was given it. */
  sign(statement: string, ceremony?: Ceremony): SignedStatement;
}

function signerFor(
  privateKey: KeyObject,
  algorithm: "sha256" | null,
  place: ApprovalPlace,
): TestPasskey["sign"] {
  let uses = 0;
  return (statement, over = {}) => {
    uses += 1;
    const challenge = over.challenge ?? statementChallenge(nodeSha256, parseStatement(utf8(statement)));
    const clientData = utf8(
      JSON.stringify({
        type: over.type ?? "webauthn.get",
        challenge,
        origin: over.origin ?? place.origin,
        crossOrigin: false,
        ...over.more,
      }),
    );
    const authenticatorData = Buffer.concat([
      sha256(over.rpId ?? place.rpId),
      Buffer.from([over.flags ?? 0x05, 0, 0, 0, over.count ?? uses]),
    ]);
    const signature = sign(algorithm, Buffer.concat([authenticatorData, sha256(clientData)]), privateKey);
    return {
      statement,
      client_data: b64(clientData),
      authenticator_data: b64(authenticatorData),
      signature: b64(signature),
    };
  };
}

/** Makes a passkey for the place where approvals are signed. */
export function makePasskey(place: ApprovalPlace, kind: "ES256" | "Ed25519" = "ES256"): TestPasskey {
  const { publicKey, privateKey } =
    kind === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
  const id = randomBytes(32);
  return {
    id: b64(id),
    jwk: parsePublicJwk({ kty, crv, x, ...(y === undefined ? {} : { y }) }),
    digest: b64(sha256(id)),
    rpId: place.rpId,
    sign: signerFor(privateKey, kind === "ES256" ? "sha256" : null, place),
  };
}

/** A statement with other members, as bytes that read as one. */
export function altered(statement: string, over: Record<string, unknown>): string {
  const value = parseStatement(utf8(statement));
  return Buffer.from(formatStatement({ ...value, ...over })).toString("utf8");
}
