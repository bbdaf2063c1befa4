import { type JsonObject, readInteger, readObject, readString } from "@narrowgate/kernel";
import { digest, refuseInput } from "../reading/readers.ts";
import { parseCompactJws } from "./compact-jws.ts";

/** `typ` of a request that an operator signed. */
export const OPERATOR_REQUEST_TYPE = "operator-request+jws";

/** Longest signed request, in characters. */
export const MAX_OPERATOR_JWS = 4096;

/** What an operator signs: this request, to this instance, now, once. */
export interface OperatorClaims {
  /** Ref of the operator, or thumbprint of the key. */
  readonly iss: string;
  /** Base URL of the instance. */
  readonly aud: string;
  readonly method: string;
  /** Path with its query, as sent. */
  readonly path: string;
  /** SHA-256 of the exact body, base64url; of no bytes when there is none. */
  readonly bodySha256: string;
  /** Unix seconds. */
  readonly iat: number;
  readonly jti: string;
}

/** A signed request, read but not verified. */
export interface OperatorJws {
  readonly claims: OperatorClaims;
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is excluded
const VISIBLE = /^[^\u0000-\u001f\u007f]+$/;

const headerMembers = ["alg", "typ"] as const;
const claimNames = ["iss", "aud", "method", "path", "body_sha256", "iat", "jti"] as const;

function checkHeader(header: JsonObject): void {
  const { alg, typ } = readObject(header, "/header", headerMembers);
  if (alg !== "ES256" || typ !== OPERATOR_REQUEST_TYPE) {
    refuseInput("/header", `sign with ES256 and typ ${OPERATOR_REQUEST_TYPE}`);
  }
}

/**
 * Reads a signed request: exactly our header and claims, no key or algorithm of the sender's choice.
 * Trust: `text` is attacker-controlled; nothing is verified here.
 * @throws NarrowgateError `malformed_input`, `malformed_json`
 * @see docs/spec/evidence.md E-27
 */
export function parseOperatorJws(text: string): OperatorJws {
  const { header, payload, signature, signingInput } = parseCompactJws(text, { maxBytes: MAX_OPERATOR_JWS });
  checkHeader(header);
  const sent = readObject(payload, "", claimNames);
  const member = (
    name: Exclude<(typeof claimNames)[number], "iat" | "body_sha256" | "jti">,
    max: number,
  ): string => readString(sent[name], `/${name}`, { min: 1, max, pattern: VISIBLE });
  const claims = {
    iss: member("iss", 86),
    aud: member("aud", 1024),
    method: member("method", 16),
    path: member("path", 2048),
    bodySha256: digest(sent.body_sha256, "/body_sha256"),
    iat: readInteger(sent.iat, "/iat"),
    jti: readString(sent.jti, "/jti", { min: 16, max: 128, pattern: VISIBLE }),
  };
  return { claims, signingInput, signature };
}
