import type { ServerRecord } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { basicScopes } from "./challenge.ts";

const wellKnown = "/.well-known/oauth-protected-resource";

/** Address of the metadata of one server. @see RFC 9728 section 3.1 */
export function metadataUrl(baseUrl: string, server: string): string {
  return `${baseUrl}${wellKnown}/mcp/${server}`;
}

/** Path of the metadata of the gate as a whole. */
export const rootMetadataPath: string = wellKnown;

/**
 * Protected resource metadata. Its scopes are the least that is of use; what more a call needs, its challenge says.
 * `server` is absent for the gate as a whole. @see RFC 9728 section 2
 */
export function resourceMetadata(baseUrl: string, issuer: string, server?: ServerRecord): JsonObject {
  return {
    resource: server === undefined ? baseUrl : `${baseUrl}/mcp/${server.id}`,
    authorization_servers: [issuer],
    bearer_methods_supported: ["header"],
    dpop_bound_access_tokens_required: true,
    dpop_signing_alg_values_supported: ["ES256"],
    authorization_details_types_supported: ["mcp_tool", "mcp_resource", "mcp_prompt"],
    ...(server === undefined ? {} : { resource_name: server.id, scopes_supported: basicScopes(server) }),
  };
}
