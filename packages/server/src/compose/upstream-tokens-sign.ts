import { type Clock, toBase64url, utf8 } from "@narrowgate/kernel";
import type { KeyCustody } from "../platform/keys/custody.ts";

/** A token whose text is fixed and which nobody has signed yet. */
export interface UnsignedToken {
  readonly signingInput: string;
  /** ORDER: only once its leaf is durable. */
  sign(): Promise<string>;
}

/** What tokens for upstreams are made with. */
export interface TokenMaker {
  readonly issuer: string;
  /** Thumbprint of the gate's own key. */
  readonly jkt: string;
  nowS(): number;
  prepare(claims: object): UnsignedToken;
}

const part = (value: object): string => toBase64url(utf8(JSON.stringify(value)));

/** Makes a maker over the token key in force. */
export function createTokenMaker(deps: {
  readonly issuer: string;
  readonly clock: Clock;
  readonly custody: Pick<KeyCustody, "signingTokenKey">;
  readonly jkt: string;
}): TokenMaker {
  const { issuer, clock, custody, jkt } = deps;
  return {
    issuer,
    jkt,
    nowS: () => Math.floor(clock.nowMs() / 1000),
    prepare(claims) {
      // The key named here signs, even if another has taken over by then: the digest on record names this one.
      const key = custody.signingTokenKey();
      const signingInput = `${part({ alg: "ES256", kid: key.kid, typ: "at+jwt" })}.${part(claims)}`;
      return {
        signingInput,
        sign: async () => `${signingInput}.${toBase64url(await key.sign(utf8(signingInput)))}`,
      };
    },
  };
}
