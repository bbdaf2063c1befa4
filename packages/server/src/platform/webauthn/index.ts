export { PASSKEY_ALGORITHMS } from "./cose-key.ts";
export {
  checkPageSignature,
  type PageSignature,
  proofOf,
  readPageSignature,
  signCountOf,
} from "./page-signature.ts";
export { type RelyingParty, relyingParty } from "./relying-party.ts";
export {
  authenticatorName,
  type RegisteredPasskey,
  type RegistrationResponse,
  verifyRegistration,
} from "./verify-registration.ts";
export { type AssertionResponse, type KnownPasskey, verifySignIn } from "./verify-sign-in.ts";
