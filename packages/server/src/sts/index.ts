export { type HandOffs, openHandOffs } from "./hand-offs.ts";
export { answerIntrospection } from "./introspection.ts";
export { authorizationServerMetadata, metadataPaths } from "./metadata.ts";
export type * from "./ports.ts";
export { answerRevocation } from "./revocation.ts";
export { authenticateAgent } from "./steps/authenticate-client.ts";
export { agentUrl, serverUrl } from "./steps/check-target.ts";
export { tokenName } from "./steps/prepare-token.ts";
export { type Answer, answerTokenRequest } from "./token-endpoint.ts";
