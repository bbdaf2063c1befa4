import { generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import { jwkThumbprint } from "@narrowgate/contracts";
import { type Clock, randomId, toBase64url, utf8 } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { signEs256 } from "../platform/jose/index.ts";

/** The gate's own key: what its tokens for upstreams are bound to. Lives as long as the process and is never stored. */
export interface GateKey {
  readonly jkt: string;
  /** A DPoP proof for one request, which signs its body too. @see RFC 9449 section 4.2 */
  prove(request: {
    readonly method: string;
    /** Address of the request; query and fragment are left out, as the RFC asks. */
    readonly url: string;
    readonly accessToken: string;
    readonly body: Uint8Array;
    /** What the upstream asked for. */
    readonly nonce?: string | undefined;
  }): Promise<string>;
}

const base64Json = (value: object): string => toBase64url(utf8(JSON.stringify(value)));

function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url;
}

function publicMembers(key: KeyObject): { kty: "EC"; crv: "P-256"; x: string; y: string } {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return { kty: "EC", crv: "P-256", x, y };
}

/** Makes the key of this process. */
export function createGateKey(clock: Clock): GateKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicMembers(publicKey);
  const header = base64Json({ alg: "ES256", jwk, typ: "dpop+jwt" });
  return {
    jkt: jwkThumbprint(nodeSha256, jwk),
    async prove({ method, url, accessToken, body, nonce }) {
      const claims = {
        ath: hash("sha256", accessToken, "base64url"),
        htm: method,
        htu: withoutQuery(url),
        iat: Math.floor(clock.nowMs() / 1000),
        jti: randomId(),
        ...(nonce === undefined ? {} : { nonce }),
        ...(body.length === 0 ? {} : { body_sha256: hash("sha256", body, "base64url") }),
      };
      const input = `${header}.${base64Json(claims)}`;
      return `${input}.${toBase64url(await signEs256(privateKey, utf8(input)))}`;
    },
  };
}
