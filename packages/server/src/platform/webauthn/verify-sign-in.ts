import type { PublicJwk } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import { isEmbedded } from "./client-data.ts";
import { jwkToCose } from "./cose-key.ts";
import type { RelyingParty } from "./relying-party.ts";

/** What a browser gives when a passkey was used, all base64url. */
export interface AssertionResponse {
  /** Credential id. */
  readonly id: string;
  readonly clientData: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

/** What is known of the passkey that was used. */
export interface KnownPasskey {
  readonly id: string;
  readonly jwk: PublicJwk;
  /** Highest signature counter seen. */
  readonly signCount: number;
}

/**
 * Verifies the use of a passkey for a challenge: type, challenge, origin, RP id, user verification, signature, and that
 * its counter rose where it has one (else there is a copy of it).
 * Trust: `response` is attacker-controlled and of bounded size; `passkey` is out of our state.
 * @returns its signature counter, to be kept
 * @throws NarrowgateError `passkey_refused`
 */
export async function verifySignIn(
  { id, clientData, authenticatorData, signature }: AssertionResponse,
  passkey: KnownPasskey,
  { challenge, rpId, origin }: RelyingParty & { readonly challenge: string },
): Promise<number> {
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  const { isoCBOR } = await import("@simplewebauthn/server/helpers");
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        response: { clientDataJSON: clientData, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: isoCBOR.encode(jwkToCose(passkey.jwk)),
        counter: passkey.signCount,
      },
    });
    if (id !== passkey.id || !verified || isEmbedded(clientData))
      throw new NarrowgateError("passkey_refused", "the passkey was not used on this page");
    return authenticationInfo.newCounter;
  } catch (cause) {
    if (isNarrowgateError(cause) && cause.code === "passkey_refused") throw cause;
    throw new NarrowgateError("passkey_refused", "the passkey does not verify; try again", { cause });
  }
}
