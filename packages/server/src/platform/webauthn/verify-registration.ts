import type { PublicJwk } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import { isEmbedded } from "./client-data.ts";
import { coseToJwk, PASSKEY_ALGORITHMS } from "./cose-key.ts";
import type { RelyingParty } from "./relying-party.ts";

/** What a browser gives when a passkey was made, all base64url. */
export interface RegistrationResponse {
  /** Credential id. */
  readonly id: string;
  readonly clientData: string;
  readonly attestationObject: string;
}

/** A passkey that was made for us. */
export interface RegisteredPasskey {
  /** Credential id, base64url. */
  readonly id: string;
  readonly jwk: PublicJwk;
  readonly signCount: number;
  /** AAGUID of the authenticator's model, `unknown` where it says none, `virtual` for the one of browser tests. */
  readonly authenticator: string;
}

const NO_MODEL = "00000000-0000-0000-0000-000000000000";
/** What the virtual authenticator of Chromium calls itself. */
const VIRTUAL_MODEL = "01020304-0506-0708-0102-030405060708";

/** How a model is written down in evidence. */
export function authenticatorName(aaguid: string): string {
  const model = aaguid.toLowerCase();
  if (model === VIRTUAL_MODEL) return "virtual";
  return model === NO_MODEL ? "unknown" : model;
}

/**
 * Verifies what a browser gave for a challenge: type, challenge, origin, RP id, user presence and verification, and a key
 * we take. What the authenticator says of its model is its own claim: its attestation is asked of nobody.
 * Trust: `response` is attacker-controlled and of bounded size.
 * @throws NarrowgateError `passkey_refused`
 * @see docs/spec/approval.md P-7
 */
export async function verifyRegistration(
  { id, clientData, attestationObject }: RegistrationResponse,
  { challenge, rpId, origin }: RelyingParty & { readonly challenge: string },
): Promise<RegisteredPasskey> {
  // Loaded when first used: most starts of the server need none of it.
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  const { isoCBOR } = await import("@simplewebauthn/server/helpers");
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        response: { clientDataJSON: clientData, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
    });
    if (registrationInfo === undefined)
      throw new NarrowgateError("passkey_refused", "the passkey was not made for this page");
    const { aaguid, credential } = registrationInfo;
    const key = isoCBOR.decodeFirst<unknown>(credential.publicKey);
    if (!(key instanceof Map) || isEmbedded(clientData))
      throw new NarrowgateError("passkey_refused", "the passkey was not made on this page");
    return {
      id: credential.id,
      jwk: coseToJwk(key),
      signCount: credential.counter,
      authenticator: authenticatorName(aaguid),
    };
  } catch (cause) {
    if (isNarrowgateError(cause) && cause.code === "passkey_refused") throw cause;
    throw new NarrowgateError("passkey_refused", "the passkey does not verify; begin anew", { cause });
  }
}
