/**
 * One row per error code. The same row drives HTTP, OAuth, JSON-RPC and CLI exit codes and the reference page.
 * `sentence` is what a person reads: it says what to do. Operator detail never stands here.
 */
export interface ErrorRow {
  readonly http: number;
  /** OAuth `error` for token-endpoint and challenge answers. */
  readonly oauth: string;
  /** JSON-RPC error code when it is a protocol error (tool denials are tool results instead). */
  readonly jsonrpc: number;
  readonly exit: number;
  readonly retryable: boolean;
  /** Leaves a decision leaf when the request can be attributed. */
  readonly audited: boolean;
  readonly sentence: string;
}

const row = (
  http: number,
  oauth: string,
  jsonrpc: number,
  exit: number,
  flags: "retryable" | "audited" | "both" | "none",
  sentence: string,
): ErrorRow => ({
  http,
  oauth,
  jsonrpc,
  exit,
  retryable: flags === "retryable" || flags === "both",
  audited: flags === "audited" || flags === "both",
  sentence,
});

/** The catalogue. Exit codes: 2 usage, 3 refused, 4 not authenticated, 5 not found, 6 conflict, 7 unavailable, 8 verification failed, 70 our own fault. */
export const ERROR_CATALOGUE = {
  malformed_json: row(400, "invalid_request", -32700, 2, "none", "The input is not strict JSON; send I-JSON without duplicate names."),
  malformed_input: row(400, "invalid_request", -32602, 2, "none", "A value has the wrong shape; the message names its path."),
  malformed_authority: row(400, "invalid_authorization_details", -32602, 2, "none", "The authority is malformed; see the authority specification."),
  malformed_bytes: row(400, "invalid_request", -32602, 2, "none", "An encoded value is malformed; use canonical base64url, base64 or hex."),
  request_too_large: row(413, "invalid_request", -32600, 2, "none", "The request is too large; send less."),
  method_not_allowed: row(405, "invalid_request", -32600, 2, "none", "This address does not take that HTTP method."),
  not_found: row(404, "invalid_request", -32602, 5, "none", "There is nothing at this address; check the id."),
  conflict: row(409, "invalid_request", -32602, 6, "none", "The object has changed since it was read; read it again and repeat."),
  usage: row(400, "invalid_request", -32602, 2, "none", "The command is not complete; see its --help."),
  invalid_client: row(401, "invalid_client", -32600, 4, "audited", "The client could not be authenticated; check its key and registration."),
  unauthorized_client: row(400, "unauthorized_client", -32600, 3, "audited", "This client may not use that grant."),
  unsupported_grant_type: row(400, "unsupported_grant_type", -32600, 2, "none", "This grant type is not supported."),
  invalid_request: row(400, "invalid_request", -32600, 2, "none", "The request is malformed; the message says where."),
  invalid_grant: row(400, "invalid_grant", -32600, 3, "audited", "The presented token or assertion is not valid here; obtain a new one."),
  invalid_scope: row(400, "invalid_scope", -32600, 3, "audited", "More scope was asked for than can be given; ask for less."),
  invalid_target: row(400, "invalid_target", -32600, 3, "audited", "The resource is not registered or not within reach; check `resource`."),
  invalid_authorization_details: row(400, "invalid_authorization_details", -32600, 3, "audited", "The authorization details ask for more than the parent, the actor or the client may have."),
  actor_unauthorized: row(403, "actor_unauthorized", -32600, 3, "audited", "This actor may not act here; register the delegation first."),
  chain_invalid: row(400, "invalid_grant", -32600, 3, "audited", "The actor chain cannot be extended this way; use the hand-off token that was made for this agent."),
  chain_too_deep: row(400, "invalid_request", -32600, 3, "audited", "The delegation chain is too deep."),
  invalid_dpop_proof: row(400, "invalid_dpop_proof", -32600, 4, "audited", "The possession proof is not valid for this request; sign a new one."),
  use_dpop_nonce: row(400, "use_dpop_nonce", -32600, 4, "retryable", "Sign the proof again with the nonce of this answer."),
  replayed: row(400, "invalid_dpop_proof", -32600, 4, "audited", "This proof or assertion was used before; sign a new one."),
  invalid_token: row(401, "invalid_token", -32600, 4, "audited", "The access token is missing, expired or not valid here; obtain a new one."),
  bearer_refused: row(401, "invalid_token", -32600, 4, "audited", "This gate takes no bearer token; send `Authorization: DPoP` with a proof, or come through `narrowgate connect`."),
  insufficient_scope: row(403, "insufficient_scope", -32600, 3, "audited", "The token lacks a scope for this operation; ask for the scope in the challenge."),
  revoked: row(401, "invalid_token", -32600, 3, "audited", "This authority was revoked; it does not come back. Ask the owner for a new mandate."),
  mandate_unknown: row(400, "invalid_grant", -32600, 5, "audited", "There is no such mandate; open one first."),
  mandate_closed: row(400, "invalid_grant", -32600, 3, "audited", "The mandate was closed; open a new one for a new task."),
  mandate_expired: row(400, "invalid_grant", -32600, 3, "audited", "The mandate has expired; open a new one."),
  mandate_idle: row(400, "invalid_grant", -32600, 3, "audited", "The mandate lapsed because it was not used; open a new one."),
  subject_unproven: row(403, "access_denied", -32600, 3, "audited", "The person has not signed this mandate; tier T3 needs the person's own signature."),
  posture_refused: row(403, "access_denied", -32600, 3, "audited", "The posture of this tier does not allow this; see the risk tiers."),
  agent_inactive: row(403, "access_denied", -32600, 3, "audited", "The agent is not active; ask its owner."),
  agent_expired: row(403, "access_denied", -32600, 3, "audited", "The agent's registration has expired; ask its owner to renew it."),
  attestation_failed: row(401, "invalid_client", -32600, 4, "audited", "The workload could not be attested; check its binding."),
  instance_bound: row(401, "invalid_client", -32600, 3, "audited", "This workload instance is already bound to another key."),
  join_code_invalid: row(401, "invalid_client", -32600, 4, "audited", "The join code is wrong, used or expired; ask an operator for a new one."),
  method_refused: row(200, "access_denied", -32601, 3, "audited", "The gate does not pass this method."),
  tool_unknown: row(200, "access_denied", -32602, 5, "audited", "No such tool is registered at this server."),
  tool_changed: row(200, "access_denied", -32602, 3, "audited", "The tool's description or schema changed since it was approved; an operator must approve it again."),
  authority_exceeded: row(200, "access_denied", -32602, 3, "audited", "This call is outside the authority of the token."),
  policy_denied: row(200, "access_denied", -32602, 3, "audited", "Policy does not allow this call."),
  cap_spent: row(200, "access_denied", -32602, 3, "audited", "A cap of the mandate is spent."),
  body_signature_required: row(401, "invalid_dpop_proof", -32600, 4, "audited", "This call needs a proof that signs the body; use the SDK or `narrowgate connect`."),
  policy_context_invalid: row(500, "server_error", -32603, 70, "audited", "The decision could not be made because an input is not expressible; tell the operator."),
  policy_engine_failed: row(503, "temporarily_unavailable", -32603, 7, "both", "The policy engine failed, so the call is refused."),
  policy_invalid: row(422, "invalid_request", -32602, 2, "none", "The policies do not compile; the message names file and line."),
  upstream_unavailable: row(502, "temporarily_unavailable", -32603, 7, "both", "The upstream server does not answer; try again later."),
  upstream_timeout: row(504, "temporarily_unavailable", -32603, 7, "both", "The upstream server took too long; what it did is recorded as unknown."),
  upstream_malformed: row(502, "server_error", -32603, 7, "audited", "The upstream server sent something that is not the protocol; its answer was dropped."),
  header_mismatch: row(400, "invalid_request", -32020, 2, "none", "A header and the body disagree, or a required header is missing."),
  capability_missing: row(400, "invalid_request", -32021, 2, "none", "The client did not declare a capability that this needs."),
  protocol_version_unsupported: row(400, "invalid_request", -32022, 2, "none", "This protocol version is not supported."),
  origin_refused: row(403, "invalid_request", -32600, 3, "none", "This origin may not call here."),
  overloaded: row(503, "temporarily_unavailable", -32603, 7, "retryable", "Too much at once; try again in a moment."),
  evidence_unavailable: row(503, "temporarily_unavailable", -32603, 7, "retryable", "Evidence cannot be written, so nothing is let through; tell the operator."),
  store_unavailable: row(503, "temporarily_unavailable", -32603, 7, "retryable", "The store does not answer; tell the operator."),
  store_missing: row(500, "server_error", -32603, 6, "none", "There is no store here; create it with `narrowgate up`."),
  store_locked: row(500, "server_error", -32603, 6, "none", "Another server holds this store; stop it first."),
  state_rolled_back: row(500, "server_error", -32603, 6, "none", "The store is older than its anchor; restore the newest copy or run `narrowgate recover`."),
  fetch_refused: row(400, "invalid_request", -32602, 3, "none", "That address may not be fetched."),
  fetch_failed: row(502, "temporarily_unavailable", -32603, 7, "retryable", "A remote document could not be fetched; try again later."),
  operator_unknown: row(401, "invalid_client", -32600, 4, "audited", "This operator key is not enrolled; enrol it first."),
  operator_signature_invalid: row(401, "invalid_client", -32600, 4, "audited", "The operator's signature does not verify or was used before."),
  secret_in_config: row(422, "invalid_request", -32602, 2, "none", "A value looks like a secret; secrets do not belong in configuration."),
  verification_failed: row(422, "invalid_request", -32602, 8, "none", "The evidence does not verify; the report names the first rule that fails."),
  internal_error: row(500, "server_error", -32603, 70, "none", "Something went wrong on our side; the operator finds it in the log."),
} as const satisfies Record<string, ErrorRow>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;
