export { answerIntrospection } from "./introspection.ts";
export { authorizationServerMetadata, metadataPaths } from "./metadata.ts";
export type * from "./ports.ts";
export { answerRevocation } from "./revocation.ts";
export { agentUrl, serverUrl } from "./steps/check-target.ts";
export { tokenName } from "./steps/prepare-token.ts";
export { type Answer, answerTokenRequest } from "./token-endpoint.ts";
