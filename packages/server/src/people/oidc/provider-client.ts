import { type JsonObject, NarrowgateError, parseStrictJson, utf8 } from "@narrowgate/kernel";
import type * as openid from "openid-client";
import type { SafeExchange } from "../../platform/fetch/index.ts";
import type { ProviderSettings } from "../ports.ts";

/** What has to be kept between the way out to a provider and the way back. */
export interface Attempt {
  /** Id of the provider. */
  readonly provider: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Path on our origin. */
  readonly returnTo: string;
}

/** Who the provider says it was. */
export interface ProviderWord {
  /** `<issuer>#<sub>`. */
  readonly identity: string;
  /** All claims of the ID token. */
  readonly claims: JsonObject;
}

/** Where people sign in elsewhere. */
export interface ProviderClient {
  readonly settings: ProviderSettings;
  /** @returns where the browser is to go, and what to keep */
  start(returnTo: string): Promise<{ readonly location: string; readonly attempt: Attempt }>;
  /** @param search - query of the way back, attacker-controlled. @throws NarrowgateError `sign_in_refused` */
  finish(search: string, attempt: Attempt): Promise<ProviderWord>;
}

/** How long what a provider publishes of itself is kept. */
const KEPT_MS = 60 * 60_000;

/** The library speaks fetch; what goes out goes by our own rules. */
function fetchBy(send: SafeExchange): openid.CustomFetch {
  return async (url, { method, headers, body }) => {
    const isText = typeof body === "string" || body instanceof URLSearchParams;
    if (!isText && body !== undefined && body !== null)
      throw new NarrowgateError("internal_error", "a body of another kind than text");
    const answer = await send(url, { method, headers, body: isText ? String(body) : "" });
    return new Response(Buffer.from(answer.body), {
      status: answer.status,
      headers: { "content-type": answer.contentType },
    });
  };
}

function refused(cause: unknown): NarrowgateError {
  return new NarrowgateError(
    "sign_in_refused",
    "the sign-in at the provider did not come to an end that counts",
    {
      cause,
    },
  );
}

/**
 * Makes the client of one provider: authorization code with PKCE, `state`, `nonce`, the ID token's signature verified, and
 * `iss` of the answer compared (RFC 9207). Each provider has a redirect address of its own, so that one cannot pass off
 * its answer as another's.
 * @param origin - our own
 */
export function createProviderClient(
  settings: ProviderSettings,
  {
    origin,
    send,
    nowMs,
    allowHttp,
  }: {
    readonly origin: string;
    readonly send: SafeExchange;
    readonly nowMs: () => number;
    /** Development only; {@link SafeExchange} holds it to loopback. */
    readonly allowHttp: boolean;
  },
): ProviderClient {
  const redirectUri = `${origin}/people/oidc/${settings.id}/callback`;
  let kept: { readonly config: Promise<openid.Configuration>; readonly atMs: number } | undefined;
  const discover = async (): Promise<openid.Configuration> => {
    const library = await import("openid-client");
    const { issuer, clientId, clientSecret } = settings;
    const by = clientSecret === undefined ? library.None() : library.ClientSecretBasic(clientSecret);
    const execute = [
      library.enableNonRepudiationChecks,
      ...(allowHttp ? [library.allowInsecureRequests] : []),
    ];
    return library.discovery(new URL(issuer), clientId, undefined, by, {
      execute,
      [library.customFetch]: fetchBy(send),
    });
  };
  const configuration = (): Promise<openid.Configuration> => {
    if (kept !== undefined && nowMs() < kept.atMs + KEPT_MS) return kept.config;
    const config = discover();
    kept = { config, atMs: nowMs() };
    // What failed is asked anew.
    config.catch(() => {
      kept = undefined;
    });
    return config;
  };
  return {
    settings,
    async start(returnTo) {
      const library = await import("openid-client");
      const config = await configuration().catch((cause: unknown) => {
        throw refused(cause);
      });
      const verifier = library.randomPKCECodeVerifier();
      const [state, nonce] = [library.randomState(), library.randomNonce()];
      const location = library.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        response_type: "code",
        scope: settings.scope,
        state,
        nonce,
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      return {
        location: location.href,
        attempt: { provider: settings.id, state, nonce, verifier, returnTo },
      };
    },
    async finish(search, { state, nonce, verifier }) {
      try {
        const library = await import("openid-client");
        const tokens = await library.authorizationCodeGrant(
          await configuration(),
          new URL(`${redirectUri}?${search}`),
          { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
        );
        return wordOf(tokens.claims(), settings);
      } catch (cause) {
        throw refused(cause);
      }
    },
  };
}

function wordOf(claims: unknown, { issuer, subjectClaim }: ProviderSettings): ProviderWord {
  // Read again by the strict parser: no member twice, nothing deep.
  const value = parseStrictJson(utf8(JSON.stringify(claims)), { maxBytes: 65_536, maxDepth: 8 });
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NarrowgateError("sign_in_refused", "the provider states nothing");
  const object: JsonObject = Object.fromEntries(Object.entries(value));
  const subject = object[subjectClaim];
  if (typeof subject !== "string" || subject === "" || /\p{Cc}/u.test(subject))
    throw new NarrowgateError("sign_in_refused", "the provider does not say who it is");
  return { identity: `${issuer}#${subject}`, claims: object };
}
