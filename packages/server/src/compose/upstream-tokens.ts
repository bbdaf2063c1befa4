import type { Clock } from "@narrowgate/kernel";
import type { UpstreamTokens } from "../gateway/index.ts";
import type { KeyCustody } from "../platform/keys/custody.ts";
import { cutForCall } from "./upstream-tokens-call.ts";
import { createOwnTokens, type OwnTokenPorts } from "./upstream-tokens-own.ts";
import { createGateKey } from "./upstream-tokens-proof.ts";
import { createTokenMaker } from "./upstream-tokens-sign.ts";

/**
 * What the gate shows to upstreams that trust our issuer.
 * @see docs/adr/0007-gateway-as-actor.md
 */
export function createUpstreamTokens(
  deps: OwnTokenPorts & {
    readonly issuer: string;
    readonly clock: Clock;
    readonly custody: Pick<KeyCustody, "signingTokenKey">;
  },
): UpstreamTokens {
  const key = createGateKey(deps.clock);
  const maker = createTokenMaker({ ...deps, jkt: key.jkt });
  const own = createOwnTokens(maker, deps);
  return {
    cut: (call) => cutForCall(maker, call),
    async headers({ url, method, body, token, nonce }) {
      const accessToken = token ?? (await own(url));
      const proof = await key.prove({ method, url, accessToken, body, nonce });
      return { Authorization: `DPoP ${accessToken}`, DPoP: proof };
    },
  };
}
