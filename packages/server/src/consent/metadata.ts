import type { JsonObject } from "@narrowgate/kernel";
import { CONSENT_GRANTS } from "./consent-clients.ts";

/**
 * What this room adds to the metadata of the authorization server; lists are joined with those of the token service.
 * @param isOpen - whether clients may register themselves
 */
export function consentMetadata(
  issuer: string,
  isOpen: boolean,
): {
  readonly members: JsonObject;
  readonly grants: readonly string[];
} {
  return {
    grants: CONSENT_GRANTS,
    members: {
      // RFC 7591: named while it is open, so that clients without another way do not try.
      ...(isOpen ? { registration_endpoint: `${issuer}/register` } : {}),
      pushed_authorization_request_endpoint: `${issuer}/par`,
      require_pushed_authorization_requests: false,
      backchannel_authentication_endpoint: `${issuer}/bc-authorize`,
      backchannel_token_delivery_modes_supported: ["poll"],
      backchannel_user_code_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      response_modes_supported: ["query"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
      prompt_values_supported: ["login", "consent", "none"],
    },
  };
}
