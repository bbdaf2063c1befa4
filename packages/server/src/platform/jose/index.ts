export { createAssertionVerifier } from "./assertion-verifier.ts";
export { createBootNonce } from "./boot-nonce.ts";
export { derToJose, importEs256Jwk, joseToDer, signEs256, verifyEs256 } from "./es256.ts";
export { keyNamedByProof } from "./proof-key.ts";
export { createProofVerifier, type ProofVerifier } from "./proof-verifier.ts";
export { createSingleUse, type SingleUse } from "./single-use.ts";
export { createTokenVerifier, type TokenVerifier } from "./token-verifier.ts";
