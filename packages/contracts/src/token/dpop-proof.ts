import { digest, integer, jsonObject, literal, oneOf, text } from "../reading/readers.ts";
import { optional, shape } from "../reading/shape.ts";
import type { CompactJws } from "./compact-jws.ts";
import { type PublicJwk, readPublicJwk } from "./public-jwk.ts";

/** Signature algorithms accepted in a possession proof. `Ed25519` and `EdDSA` name the same one (RFC 9864). */
export const DPOP_ALGORITHMS = ["ES256", "Ed25519", "EdDSA"] as const;

/** One of {@link DPOP_ALGORITHMS}. */
export type DpopAlgorithm = (typeof DPOP_ALGORITHMS)[number];

/** A possession proof, read but not verified. */
export type DpopProof = {
  readonly alg: DpopAlgorithm;
  readonly jwk: PublicJwk;
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  /** Unix seconds. */
  readonly iat: number;
  /** Digest of the access token presented with it. */
  readonly ath?: string;
  readonly nonce?: string;
  /** Digest of the exact request body: our own claim. */
  readonly bodySha256?: string;
};

type DpopHeader = { readonly typ: "dpop+jwt"; readonly alg: DpopAlgorithm; readonly jwk: PublicJwk };
type DpopClaims = {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  readonly iat: number;
  readonly ath?: string;
  readonly nonce?: string;
  readonly body_sha256?: string;
};

const readHeader = shape<DpopHeader>({
  typ: literal("dpop+jwt"),
  alg: oneOf(DPOP_ALGORITHMS),
  jwk: readPublicJwk,
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is excluded
const visible = text({ min: 1, max: 256, pattern: /^[^\u0000-\u001f\u007f]+$/ });

const readClaims = shape<DpopClaims>({
  jti: visible,
  htm: text({ min: 1, max: 16, pattern: /^[A-Z]+$/ }),
  htu: text({
    min: 1,
    max: 2048,
    pattern: /^https?:\/\/(?:[A-Za-z0-9._~:/?[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/,
  }),
  iat: integer(),
  ath: optional(digest),
  nonce: optional(visible),
  body_sha256: optional(digest),
});

const claimNames = ["jti", "htm", "htu", "iat", "ath", "nonce", "body_sha256"] as const;

function pickClaims(payload: CompactJws["payload"]): object {
  const known = jsonObject(payload, "");
  return Object.fromEntries(
    claimNames.filter((name) => Object.hasOwn(known, name)).map((name) => [name, known[name]]),
  );
}

/**
 * Reads a DPoP proof. The header holds `typ`, `alg`, `jwk` and nothing else; further claims in the payload, which
 * RFC 9449 permits, are left aside, since no authority hangs on them.
 * Trust: attacker-controlled; the signature is verified elsewhere, under the key in the header.
 * @throws NarrowgateError `malformed_input`
 * @see RFC 9449 section 4.2; docs/spec/token.md, Possession proof
 */
export function parseDpopProof(jws: Pick<CompactJws, "header" | "payload">): DpopProof {
  const { alg, jwk } = readHeader(jws.header, "/header");
  const { body_sha256, ...claims } = readClaims(pickClaims(jws.payload), "");
  return { alg, jwk, ...claims, ...(body_sha256 === undefined ? {} : { bodySha256: body_sha256 }) };
}
