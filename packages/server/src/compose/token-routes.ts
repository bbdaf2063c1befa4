import { isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import type { Consents } from "../consent/index.ts";
import type { KeyCustody } from "../platform/keys/custody.ts";
import {
  type Answer,
  answerAuthorization,
  answerIntrospection,
  answerRevocation,
  answerTokenRequest,
  isRefusal,
  keyNamedByAssertion,
  metadataPaths,
  onlyOnce,
  parseForm,
  refusalAnswer,
  refuse,
  type StsPorts,
} from "../sts/index.ts";
import { consentRoutes, redeemConsented, serverMetadata } from "./consent-routes.ts";
import type { PublicRequest, PublicRoute } from "./public-front.ts";

const formOf = ({ body }: PublicRequest): string => Buffer.from(body).toString("utf8");

/** What is thrown before or beside the steps, in the form of OAuth (RFC 6749 section 5.2). */
function failedAnswer(error: unknown, ports: StsPorts): Answer {
  const isOurs = isNarrowgateError(error) && isErrorCode(error.code);
  const refusal = isOurs ? refuse(error.code, error.publicMessage) : refuse("internal_error");
  return refusalAnswer(refusal, ports.proofs.nonce());
}

/** Key that a client assertion in the form names; nothing of it is verified. */
function assertedKey({ body }: PublicRequest): string | undefined {
  const assertion = new URLSearchParams(Buffer.from(body).toString("latin1")).get("client_assertion");
  return assertion === null ? undefined : keyNamedByAssertion(assertion);
}

/** An address that takes a form with each parameter once. */
function formRoute(
  path: string,
  ports: StsPorts,
  answer: (params: ReadonlyMap<string, string>, ports: StsPorts) => Promise<Answer>,
): PublicRoute {
  return {
    method: "POST",
    path,
    keyOf: assertedKey,
    failed: (error) => failedAnswer(error, ports),
    answer: (request) => {
      const sent = parseForm(formOf(request), request.contentType);
      const params = isRefusal(sent) ? sent : onlyOnce(sent);
      return isRefusal(params) ? refusalAnswer(params, ports.proofs.nonce()) : answer(params, ports);
    },
  };
}

/** Addresses of the token service. @see RFC 8414, 7662, 7009 */
export function tokenRoutes(
  ports: StsPorts,
  custody: KeyCustody,
  consents: Consents | undefined,
): readonly PublicRoute[] {
  const url = `${ports.issuer}/token`;
  return [
    {
      method: "POST",
      path: "/token",
      failed: (error) => failedAnswer(error, ports),
      answer: (request) => {
        const { dpop, contentType } = request;
        const consented = redeemConsented(request, consents);
        if (consented !== undefined) return consented;
        return answerTokenRequest({ form: formOf(request), contentType, dpop, url }, ports);
      },
    },
    formRoute("/introspect", ports, answerIntrospection),
    formRoute("/revoke", ports, answerRevocation),
    ...consentRoutes(consents, ports, (error) => failedAnswer(error, ports)),
    { method: "GET", path: "/authorize", answer: answerAuthorization },
    {
      method: "GET",
      path: "/jwks",
      answer: () => ({ status: 200, body: { keys: custody.tokenKeys().map(({ jwk }) => jwk) } }),
    },
    ...metadataPaths(ports.issuer).map(
      (path): PublicRoute => ({
        method: "GET",
        path,
        answer: () => ({ status: 200, body: serverMetadata(ports.issuer, consents) }),
      }),
    ),
  ];
}
