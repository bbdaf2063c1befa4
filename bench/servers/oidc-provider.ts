/** `oidc-provider` minting DPoP-bound JWTs by client_credentials, with its own store in memory. */
import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import Provider, { type JWK } from "oidc-provider";
import type { Signer } from "../load/sign.ts";
import type { TokenTarget } from "../load/token-shots.ts";
import { answerParent } from "../processes/answer-parent.ts";
import { portOf } from "./port-of.ts";

const RESOURCE = "https://files.example/mcp";

function publicOf({ kty, crv, x, y }: JsonWebKey): JsonWebKey {
  return Object.fromEntries(Object.entries({ kty, crv, x, y }).filter(([, value]) => value !== undefined));
}

const signingKey = {
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
  kid: "tokens",
  use: "sig",
  alg: "ES256",
};

function provider(issuer: string, clients: readonly Signer[]): Provider {
  return new Provider(issuer, {
    clients: clients.map(({ id, jwk, jkt }) => ({
      client_id: id,
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      id_token_signed_response_alg: "ES256",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      dpop_bound_access_tokens: true,
      jwks: { keys: [{ ...publicOf(jwk), kid: jkt } as JWK] },
    })),
    clientAuthMethods: ["private_key_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: ["ES256"], dPoPSigningAlgValues: ["ES256"] },
    jwks: { keys: [signingKey as JWK] },
    scopes: ["files:read"],
    ttl: { ClientCredentials: 300 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: "files:read",
          audience: RESOURCE,
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  });
}

const api = {
  async listen({ clients }: { readonly clients: readonly Signer[] }): Promise<TokenTarget> {
    const server = createServer();
    server.keepAliveTimeout = 60_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = portOf(server);
    const issuer = `http://localhost:${port}`;
    server.on("request", provider(issuer, clients).callback());
    const { d: _private, ...jwk } = signingKey;
    return { port, issuer, path: "/token", resource: RESOURCE, jwks: [jwk] };
  },
};

/** What the other token service can be asked. */
export type OidcProviderApi = typeof api;
answerParent(api);
