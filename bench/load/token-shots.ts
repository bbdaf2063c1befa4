import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import type { Shot } from "./drive.ts";
import { postBytes, type RawAnswer } from "./raw-http.ts";
import { clientAssertion, possessionProof, type Signer } from "./sign.ts";

/** A token service under load. */
export interface TokenTarget {
  readonly port: number;
  readonly issuer: string;
  /** Path of the token endpoint. */
  readonly path: string;
  /** What the token is for. */
  readonly resource: string;
  readonly nonce?: string;
  /** Keys its tokens verify under. */
  readonly jwks: readonly JsonWebKey[];
}

/** Requests to a token endpoint: one for each form, by the signers in turn. */
export interface TokenLoad {
  readonly target: TokenTarget;
  readonly signers: readonly Signer[];
  readonly forms: readonly Readonly<Record<string, string>>[];
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

function parsed(segment: string): Record<string, unknown> {
  return Object(JSON.parse(Buffer.from(segment, "base64url").toString("utf8")));
}

/** Checks a token as a resource server would: signature, issuer, audience, and the key it is bound to. */
function tokenFault(
  token: string,
  keys: ReadonlyMap<unknown, KeyObject>,
  expected: { readonly target: TokenTarget; readonly signer: Signer },
): string | undefined {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const key = keys.get(parsed(header)["kid"]);
  if (key === undefined) return "the token names no key of the issuer";
  const options = { key, dsaEncoding: "ieee-p1363" as const };
  if (!verify("sha256", Buffer.from(`${header}.${payload}`), options, Buffer.from(signature, "base64url")))
    return "the token's signature is wrong";
  const { iss, aud, cnf } = parsed(payload);
  const { target, signer } = expected;
  if (iss !== target.issuer || aud !== target.resource) return "the token is for something else";
  return Reflect.get(Object(cnf), "jkt") === signer.jkt ? undefined : "the token is bound to another key";
}

/** The token in an answer; undefined when it is no grant. */
export function tokenIn({ status, body }: RawAnswer): string | undefined {
  if (status !== 200) return undefined;
  const { access_token, token_type } = Object(JSON.parse(body.toString("utf8")));
  return typeof access_token === "string" && token_type === "DPoP" ? access_token : undefined;
}

/** Signs all requests. The signing is over before anything is timed. */
export function tokenShots({ target, signers, forms }: TokenLoad): readonly Shot[] {
  const keys = new Map<unknown, KeyObject>(
    target.jwks.map((jwk) => [Reflect.get(jwk, "kid"), createPublicKey({ key: jwk, format: "jwk" })]),
  );
  const seen = new Set<string>();
  return forms.map((form, i) => {
    const signer = signers[i % signers.length];
    if (signer === undefined) throw new RangeError("nobody signs");
    const body = new URLSearchParams({
      ...form,
      resource: target.resource,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: clientAssertion(signer, target.issuer),
    }).toString();
    const url = `${target.issuer}${target.path}`;
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      dpop: possessionProof(signer, { url, nonce: target.nonce }),
    };
    return {
      request: postBytes(target.port, target.path, headers, body),
      fault(answer) {
        const token = tokenIn(answer);
        if (token === undefined) return `${answer.status} ${answer.body.toString("utf8", 0, 300)}`;
        if (seen.has(token)) return "a token came twice";
        seen.add(token);
        return tokenFault(token, keys, { target, signer });
      },
    };
  });
}
