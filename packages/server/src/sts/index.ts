export { answerAuthorization } from "./authorization-endpoint.ts";
export { answerIntrospection } from "./introspection.ts";
export { authorizationServerMetadata, metadataPaths } from "./metadata.ts";
export { type ConsentedMint, mintUnderConsent, type Proven, provePossession } from "./mint-under-consent.ts";
export { isRefusal, refuse } from "./outcome.ts";
export type * from "./ports.ts";
export { answerRevocation } from "./revocation.ts";
export {
  authenticateAgent,
  authenticateByAssertion,
  keyNamedByAssertion,
} from "./steps/authenticate-client.ts";
export { standingFault } from "./steps/check-standing.ts";
export { agentUrl, decisionPointUrl, serverUrl } from "./steps/check-target.ts";
export { onlyOnce, parseForm } from "./steps/parse-form.ts";
export { tokenName } from "./steps/prepare-token.ts";
export { type Answer, answerTokenRequest, refusalAnswer } from "./token-endpoint.ts";
