import type { Answer } from "./token-endpoint.ts";

/**
 * The authorization endpoint: there is no login in a browser here, and it says so.
 * Why: clients of the protocol demand its address in the metadata, even those that never go there.
 * INVARIANT: it never redirects: no redirect address is registered, so any in a request is a stranger's.
 * @see RFC 6749 section 4.1.2.1; RFC 8414 section 2
 */
export function answerAuthorization(): Answer {
  return {
    status: 400,
    headers: { "cache-control": "no-store" },
    body: {
      error: "unauthorized_client",
      error_description: "no client may use the authorization code grant here; see grant_types_supported",
      code: "unauthorized_client",
    },
  };
}
