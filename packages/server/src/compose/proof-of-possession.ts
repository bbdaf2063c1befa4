import type { Clock } from "@narrowgate/kernel";
import type { Config } from "../config/config.ts";
import {
  createAssertionVerifier,
  createBootNonce,
  createProofVerifier,
  createSingleUse,
  createTokenVerifier,
  type ProofVerifier,
  type TokenVerifier,
} from "../platform/jose/index.ts";
import type { KeyCustody } from "../platform/keys/custody.ts";

/** What checks proofs, tokens and assertions; one for the whole process, so that single use is one memory. */
export interface ProofOfPossession {
  readonly proofs: ProofVerifier;
  readonly tokens: TokenVerifier;
  readonly assertions: ReturnType<typeof createAssertionVerifier>;
  readonly takeOnce: (digest: string) => boolean;
}

/**
 * Both memories rotate with the nonce: what an old nonce protects is refused by the nonce.
 * INVARIANT: assertions live longer than a slot, and some are not protected by a nonce: their memory rotates every
 * second slot, so each is remembered for two slots at least.
 */
export function createProofOfPossession(
  config: Config,
  custody: KeyCustody,
  clock: Clock,
): ProofOfPossession {
  const used = createSingleUse();
  const assertionsUsed = createSingleUse();
  let slots = 0;
  const nonce = createBootNonce(clock, () => {
    used.rotate();
    slots += 1;
    if (slots % 2 === 0) assertionsUsed.rotate();
  });
  return {
    proofs: createProofVerifier({ clock, nonce, used }),
    tokens: createTokenVerifier({
      issuer: config.baseUrl,
      environment: config.environment,
      clock,
      keyById: (kid) => custody.tokenKeys().find((key) => key.kid === kid)?.publicKey,
    }),
    assertions: createAssertionVerifier({ issuer: config.baseUrl, clock }),
    takeOnce: (digest) => assertionsUsed.take(digest),
  };
}
