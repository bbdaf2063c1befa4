import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const CLIENT = {
  client_id: "console",
  client_secret: "of a test",
  redirect_uris: ["https://console.example/back"],
};

/** An identity provider that people sign in at; not ours. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly client: string;
  /** Signs a person in, in the way a browser would, and returns the ID token. */
  signIn(person: string, nonce: string): Promise<string>;
  close(): Promise<void>;
}

/** Follows the provider's redirects and forms with the cookies it sets. */
function browser(origin: string) {
  const jar = new Map<string, string>();
  return async (
    target: string,
    form?: Record<string, string>,
  ): Promise<{ location: string; status: number }> => {
    const response = await fetch(new URL(target, origin), {
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    await response.arrayBuffer();
    return { location: response.headers.get("location") ?? "", status: response.status };
  };
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const provider = new Provider(issuer, {
    clients: [CLIENT],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "people", use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    features: { devInteractions: { enabled: true } },
    ttl: { IdToken: 3600, AccessToken: 60, Session: 600, Interaction: 600, Grant: 600 },
  });
  server.on("request", provider.callback());

  const redeem = async (code: string, verifier: string): Promise<string> => {
    const response = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa(`${CLIENT.client_id}:${encodeURIComponent(CLIENT.client_secret).replaceAll("%20", "+")}`)}`,
      },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: CLIENT.redirect_uris[0] ?? "",
        code_verifier: verifier,
      }),
    });
    const answer: unknown = await response.json();
    return String(Reflect.get(Object(answer), "id_token"));
  };
  return {
    issuer,
    client: CLIENT.client_id,
    async signIn(person, nonce) {
      const go = browser(issuer);
      const verifier = randomBytes(32).toString("base64url");
      const request = new URLSearchParams({
        client_id: CLIENT.client_id,
        response_type: "code",
        scope: "openid",
        redirect_uri: CLIENT.redirect_uris[0] ?? "",
        nonce,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      });
      let { location } = await go(`/auth?${request}`);
      for (const form of [{ prompt: "login", login: person, password: "any" }, { prompt: "consent" }]) {
        const submitted = await go(location, form);
        ({ location } = await go(submitted.location));
      }
      return redeem(new URL(location).searchParams.get("code") ?? "", verifier);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
