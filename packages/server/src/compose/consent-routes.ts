import { isNarrowgateError, type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { type ClientRequest, type Consents, consentMetadata } from "../consent/index.ts";
import type { JsonAnswer } from "../platform/http/json-answer.ts";
import {
  type Answer,
  authorizationServerMetadata,
  isRefusal,
  parseForm,
  refusalAnswer,
  type StsPorts,
} from "../sts/index.ts";
import type { PublicRequest, PublicRoute } from "./public-front.ts";

type Sent = Exclude<ReturnType<typeof parseForm>, { readonly kind: "refused" }>;

function requestOf({ body, contentType, dpop }: PublicRequest, sent: Sent): ClientRequest {
  return { sent, form: Buffer.from(body).toString("utf8"), contentType, dpop };
}

/** Hands a token request to the consent room when its grant is one of that room's; else nothing, and it is not ours. */
export function redeemConsented(
  request: PublicRequest,
  consents: Consents | undefined,
): Promise<JsonAnswer> | undefined {
  const sent = parseForm(Buffer.from(request.body).toString("utf8"), request.contentType);
  if (consents === undefined || isRefusal(sent)) return undefined;
  const [grant, ...more] = sent.filter(([name]) => name === "grant_type").map(([, value]) => value);
  // What is repeated is refused by the token service, as in any request.
  if (grant === undefined || more.length > 0 || !consents.isOwnGrant(grant)) return undefined;
  return consents.redeem(requestOf(request, sent));
}

/**
 * Addresses of clients beside the token endpoint: pushed requests (RFC 9126), requests beside the browser (CIBA), and
 * registration (RFC 7591).
 */
export function consentRoutes(
  consents: Consents | undefined,
  ports: StsPorts,
  failed: (error: unknown) => Answer,
): readonly PublicRoute[] {
  if (consents === undefined) return [];
  const route = (path: string, answer: (request: ClientRequest) => Promise<JsonAnswer>): PublicRoute => ({
    method: "POST",
    path,
    failed,
    answer(request) {
      const sent = parseForm(Buffer.from(request.body).toString("utf8"), request.contentType);
      if (isRefusal(sent)) return refusalAnswer(sent, ports.proofs.nonce());
      return answer(requestOf(request, sent));
    },
  });
  return [
    {
      method: "POST",
      path: "/register",
      // RFC 7591 section 3.2.2 has words of its own; what else is wrong with the body is wrong with the metadata.
      failed: (error) => failed(asMetadataFault(error)),
      answer: ({ body }) => consents.register(body),
    },
    route("/par", (request) => consents.push(request)),
    route("/bc-authorize", (request) => consents.askBeside(request)),
  ];
}

function asMetadataFault(error: unknown): unknown {
  const isForm = isNarrowgateError(error) && /^malformed_/.test(error.code);
  return isForm ? new NarrowgateError("invalid_client_metadata", error.publicMessage) : error;
}

function joined(value: JsonValue | undefined, more: readonly string[]): JsonValue {
  return [...(Array.isArray(value) ? value : []), ...more];
}

/** One metadata document for both rooms. @see RFC 8414 section 2 */
export function serverMetadata(issuer: string, consents: Consents | undefined): JsonObject {
  const own = authorizationServerMetadata(issuer);
  if (consents === undefined) return own;
  const { members, grants } = consentMetadata(issuer, consents.isOpenToRegistration());
  return {
    ...own,
    ...members,
    grant_types_supported: joined(own["grant_types_supported"], grants),
    token_endpoint_auth_methods_supported: joined(own["token_endpoint_auth_methods_supported"], ["none"]),
    scopes_supported: ["openid", "offline_access"],
  };
}
