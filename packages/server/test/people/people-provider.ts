import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";
import { onTestFinished } from "vitest";

/** A provider we did not write, at which people of the console sign in. */
export interface PeopleProvider {
  readonly issuer: string;
  /** What it states of each account beside `sub`. */
  readonly claims: Map<string, object>;
  /** Paths asked for, in order. */
  readonly asked: string[];
  /** Signs an account in as a browser would. @returns the address the browser is sent back to */
  authorise(location: string, account: string): Promise<string>;
}

const CLAIMS = ["sub", "name", "oid", "groups", "roles", "realm_access", "_claim_names", "_claim_sources"];

function browser(origin: string) {
  const jar = new Map<string, string>();
  return async (target: string, form?: Record<string, string>): Promise<string> => {
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
    return response.headers.get("location") ?? "";
  };
}

/** Starts it. @param redirectUri - the console's */
export async function startPeopleProvider(redirectUri: string): Promise<PeopleProvider> {
  let listener: RequestListener | undefined;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    listener?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const claims = new Map<string, object>();
  const provider = new Provider(issuer, {
    clients: [{ client_id: "console", client_secret: "of a test", redirect_uris: [redirectUri] }],
    claims: { openid: CLAIMS },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims.get(id) }) }),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "people", use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    features: { devInteractions: { enabled: true } },
    ttl: { IdToken: 3600, AccessToken: 60, Session: 600, Interaction: 600, Grant: 600 },
  });
  listener = provider.callback();
  return {
    issuer,
    claims,
    asked,
    async authorise(start, account) {
      const go = browser(issuer);
      let location = await go(start);
      for (const form of [{ prompt: "login", login: account, password: "any" }, { prompt: "consent" }]) {
        location = await go(await go(location, form));
      }
      return location;
    },
  };
}
