import type { KeyCustody } from "../platform/keys/custody.ts";
import {
  answerIntrospection,
  answerRevocation,
  answerTokenRequest,
  authorizationServerMetadata,
  metadataPaths,
  type StsPorts,
} from "../sts/index.ts";
import type { PublicRequest, PublicRoute } from "./public-front.ts";

const formOf = ({ body }: PublicRequest): string => Buffer.from(body).toString("utf8");
const paramsOf = (request: PublicRequest): ReadonlyMap<string, string> =>
  new Map(new URLSearchParams(formOf(request)));

/** Addresses of the token service. @see RFC 8414, 7662, 7009 */
export function tokenRoutes(ports: StsPorts, custody: KeyCustody): readonly PublicRoute[] {
  const metadata = { status: 200, body: authorizationServerMetadata(ports.issuer) };
  const url = `${ports.issuer}/token`;
  return [
    {
      method: "POST",
      path: "/token",
      answer: (request) => answerTokenRequest({ form: formOf(request), dpop: request.dpop, url }, ports),
    },
    {
      method: "POST",
      path: "/introspect",
      answer: (request) => answerIntrospection(paramsOf(request), ports),
    },
    { method: "POST", path: "/revoke", answer: (request) => answerRevocation(paramsOf(request), ports) },
    {
      method: "GET",
      path: "/jwks",
      answer: () => ({ status: 200, body: { keys: custody.tokenKeys().map(({ jwk }) => jwk) } }),
    },
    ...metadataPaths(ports.issuer).map(
      (path): PublicRoute => ({ method: "GET", path, answer: () => metadata }),
    ),
  ];
}
