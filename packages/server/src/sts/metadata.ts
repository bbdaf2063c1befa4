import type { JsonObject } from "@narrowgate/kernel";
import { GRANTS } from "./steps/parse-request.ts";

/**
 * Authorization server metadata; the same document at every discovery address, with one `issuer`.
 * @see RFC 8414 section 2; OpenID Connect Discovery 1.0 section 3
 */
export function authorizationServerMetadata(issuer: string): JsonObject {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    grant_types_supported: Object.values(GRANTS),
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: ["ES256"],
    introspection_endpoint_auth_methods_supported: ["private_key_jwt"],
    revocation_endpoint_auth_methods_supported: ["private_key_jwt"],
    dpop_signing_alg_values_supported: ["ES256"],
    authorization_details_types_supported: ["mcp_tool", "mcp_resource", "mcp_prompt"],
  };
}

/**
 * The addresses under which clients look for that document: the two of RFC 8414 and OIDC discovery, for an issuer with
 * or without a path. @returns paths on this host
 */
export function metadataPaths(issuer: string): readonly string[] {
  const path = new URL(issuer).pathname.replace(/\/$/, "");
  const wellKnown = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
  const inserted = wellKnown.map((name) => `${name}${path}`);
  return path === "" ? inserted : [...inserted, `${path}/.well-known/openid-configuration`];
}
