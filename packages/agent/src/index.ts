export {
  type AgentKey,
  generateAgentKey,
  generatePrivateJwk,
  importAgentKey,
  type PrivateAgentJwk,
} from "./agent-key.ts";
export type { AuthorityRequest } from "./authority-request.ts";
export { callTool, type ToolAnswer } from "./call-tool.ts";
export { type DpopRequest, type FetchLike, type NonceMemory, sendWithProof } from "./dpop-fetch.ts";
export { enrol } from "./enrol.ts";
export { type Ceiling, closeMandate, nonceForSubject, openMandate, readCeiling } from "./mandate-client.ts";
export { type ProofInput, signClientAssertion, signProof } from "./proofs.ts";
export { type AgentSession, acceptHandOff, openSession } from "./session.ts";
export {
  beginSignIn,
  type PendingSignIn,
  type SignedIn,
  type SignInRequest,
} from "./sign-in.ts";
export {
  createTokenClient,
  type GrantedToken,
  type TokenClient,
  type TokenClientOptions,
} from "./token-client.ts";
