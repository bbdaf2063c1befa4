import {
  canonicalBytes,
  fromBase64url,
  type Sha256,
  type Sha256Text,
  toSha256Text,
} from "@narrowgate/kernel";
import { literal, refuseInput, text } from "../reading/readers.ts";
import { type OptionalReader, optional, type Reader, shape } from "../reading/shape.ts";

type JwkLabels = { readonly kid?: string; readonly use?: string; readonly alg?: string };

/** An EC P-256 public key. */
export type EcPublicJwk = JwkLabels & {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
};

/** An Ed25519 public key. */
export type OkpPublicJwk = JwkLabels & { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string };

/** An RSA public key of 2048 to 8192 bits. */
export type RsaPublicJwk = JwkLabels & { readonly kty: "RSA"; readonly n: string; readonly e: string };

/** The public keys we understand. */
export type PublicJwk = EcPublicJwk | OkpPublicJwk | RsaPublicJwk;

function bytes(min: number, max: number): Reader<string> {
  return (value, path) => {
    const encoded = text({ max: 2048 })(value, path);
    let length = -1;
    try {
      length = fromBase64url(encoded).length;
    } catch {
      refuseInput(path, "must be base64url without padding");
    }
    return length >= min && length <= max ? encoded : refuseInput(path, "has the wrong length");
  };
}

const label = optional(text({ min: 1, max: 256 }));
const labels: {
  readonly kid: OptionalReader<string>;
  readonly use: OptionalReader<string>;
  readonly alg: OptionalReader<string>;
} = { kid: label, use: label, alg: label };

const readEc = shape<EcPublicJwk>({
  kty: literal("EC"),
  crv: literal("P-256"),
  x: bytes(32, 32),
  y: bytes(32, 32),
  ...labels,
});
const readOkp = shape<OkpPublicJwk>({
  kty: literal("OKP"),
  crv: literal("Ed25519"),
  x: bytes(32, 32),
  ...labels,
});
const readRsa = shape<RsaPublicJwk>({ kty: literal("RSA"), n: bytes(256, 1024), e: bytes(1, 8), ...labels });

/** Reads a public JWK; private and unknown members are refused, so `d` never gets in. */
export const readPublicJwk: Reader<PublicJwk> = (value, path) => {
  const kty: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "kty") : undefined;
  if (kty === "EC") return readEc(value, path);
  if (kty === "OKP") return readOkp(value, path);
  if (kty === "RSA") return readRsa(value, path);
  return refuseInput(path, "must be a public JWK of kty EC, OKP or RSA");
};

/**
 * Reads a public JWK: EC P-256, OKP Ed25519 or RSA, with at most `kid`, `use` and `alg` beside the key itself.
 * Trust: `value` is attacker-controlled. That the point lies on the curve is for the crypto library to refuse.
 * @throws NarrowgateError `malformed_input`
 * @see RFC 7517, RFC 8037
 */
export function parsePublicJwk(value: unknown): PublicJwk {
  return readPublicJwk(value, "");
}

/**
 * The RFC 7638 thumbprint: one text per key, whatever labels stand beside it.
 * @see RFC 7638 section 3.2, RFC 8037 section 2
 */
export function jwkThumbprint(sha256: Sha256, jwk: PublicJwk): Sha256Text {
  return toSha256Text(sha256(canonicalBytes(requiredMembers(jwk))));
}

function requiredMembers(jwk: PublicJwk): { readonly [name: string]: string } {
  switch (jwk.kty) {
    case "EC":
      return { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
    case "OKP":
      return { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
    case "RSA":
      return { e: jwk.e, kty: jwk.kty, n: jwk.n };
  }
}
