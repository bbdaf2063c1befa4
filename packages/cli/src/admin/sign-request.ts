import type { AgentKey } from "@narrowgate/agent";
import { type JsonObject, randomId, sha256, toBase64url, utf8 } from "@narrowgate/kernel";

/** What an operator signs: this request, to this instance, now, once. */
export interface OperatorRequest {
  readonly method: string;
  /** Path with its query, as sent. */
  readonly path: string;
  readonly body: Uint8Array;
  /** Origin of the instance. */
  readonly origin: string;
}

/** Signs a request with an operator's key: compact JWS, ES256, typ `operator-request+jws`. */
export async function signOperatorRequest(
  key: AgentKey,
  { method, path, body, origin }: OperatorRequest,
  nowMs: number,
): Promise<string> {
  const part = (value: JsonObject): string => toBase64url(utf8(JSON.stringify(value)));
  const claims = {
    iss: key.jkt,
    aud: origin,
    method,
    path,
    body_sha256: toBase64url(sha256(body)),
    iat: Math.floor(nowMs / 1000),
    jti: randomId(),
  };
  const input = `${part({ alg: "ES256", typ: "operator-request+jws" })}.${part(claims)}`;
  return `${input}.${toBase64url(await key.sign(utf8(input)))}`;
}
