import { createPublicKey, type KeyObject } from "node:crypto";
import { isNarrowgateError, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import Provider, {
  type Account,
  type Configuration,
  ExternalSigningKey,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from "oidc-provider";
import { ASKED_PARAMETER, MANDATE_SCOPE } from "./asked-authority.ts";
import { CONSENT_GRANTS, clientOf } from "./consent-clients.ts";
import { CONSENT_PATH, messagePage } from "./pages.ts";
import type { ConsentPorts, SigningKey } from "./ports.ts";
import { type AdapterRoom, providerAdapters } from "./provider-adapter.ts";
import { currentTurn } from "./token-turn.ts";

/** Seconds. A pushed request waits until a person has opened its address, which a program may only have printed. */
const LIFE = { code: 60, interaction: 600, pushed: 300, backchannel: 300 } as const;
/** A client metadata document. */
const MAX_DOCUMENT_CHARS = 5 * 1024;
const MAX_MESSAGE = /^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u;

/** A request beside the browser, as the provider took it. */
export interface WaitingRequest {
  /** What the agent polls with: a secret. */
  readonly id: string;
  /** Ref of who is asked. */
  readonly person: string;
  readonly client: string;
  readonly params: unknown;
}

/** What the provider is made with. */
export interface ProviderRoom extends AdapterRoom {
  readonly ports: ConsentPorts;
  /** Secrets its cookies are signed with, of this run. */
  readonly cookieKeys: readonly string[];
  /** Is the consent for this key? */
  readonly bindKey: (consent: string, jkt: string) => boolean;
  /** Seconds that are left of a consent. */
  readonly lifeOf: (consent: string) => number;
  /** The person a hint names, and whether another request may wait for her. */
  readonly findHinted: (hint: string) => string | undefined;
  /** A request beside the browser waits for her. */
  readonly onWaiting: (request: WaitingRequest) => void;
}

/** Our token key, as the provider signs ID tokens with it: the private key stays with the custodian. */
class CustodyKey extends ExternalSigningKey {
  readonly #key: SigningKey;
  readonly #public: KeyObject;

  constructor(key: SigningKey) {
    super();
    this.#key = key;
    this.#public = createPublicKey({ key: { ...key.jwk }, format: "jwk" });
  }

  override get kid(): string {
    return this.#key.kid;
  }

  override get alg(): string {
    return "ES256";
  }

  override keyObject(): KeyObject {
    return this.#public;
  }

  override sign(data: Uint8Array): Promise<Uint8Array> {
    return this.#key.sign(data);
  }
}

/** Every request is consented to anew, and by whoever is signed in here now: the provider has no session of its own. */
function policyOf(): ReturnType<typeof interactionPolicy.base> {
  const { base, Prompt, Check } = interactionPolicy;
  const policy = base();
  policy.clear();
  const asks = (name: "login" | "consent"): InstanceType<typeof Prompt> =>
    new Prompt(
      { name, requestable: true },
      new Check(`${name}_due`, "the person has to be asked", `${name}_required`, (ctx) =>
        ctx.oidc.result?.[name] === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
      ),
    );
  policy.add(asks("login"));
  policy.add(asks("consent"));
  return policy;
}

function findAccount(room: ProviderRoom, sub: string, source: unknown): Account | undefined {
  const consent: unknown =
    typeof source === "object" && source !== null ? Reflect.get(source, "grantId") : undefined;
  const turn = currentTurn();
  if (turn !== undefined && typeof consent === "string") {
    // INVARIANT: the one place where the provider's find and the proven key meet; nothing was used up before it for good.
    if (!room.bindKey(consent, turn.jkt)) throw new errors.InvalidGrant("it is for another key");
    turn.consent = consent;
  }
  if (room.ports.people.person(sub) === undefined) return undefined;
  return { accountId: sub, claims: () => ({ sub }) };
}

/** Members of a metadata document that mean something here; the provider judges them, and nobody reads the others. */
const DOCUMENT = [
  "client_id",
  "client_name",
  "redirect_uris",
  "token_endpoint_auth_method",
  "client_secret",
  "client_secret_expires_at",
];

function publicClientOf(document: JsonValue): JsonObject {
  const isObject = typeof document === "object" && document !== null && !Array.isArray(document);
  const kept = Object.entries(isObject ? document : {}).filter(([name]) => DOCUMENT.includes(name));
  const client: JsonObject = Object.fromEntries(kept);
  const { redirect_uris: uris } = client;
  const isWeb =
    Array.isArray(uris) && uris.every((uri) => typeof uri === "string" && uri.startsWith("https:"));
  return { ...client, application_type: isWeb ? "web" : "native" };
}

/** The provider's own fetch, for metadata documents alone: by our way out, with nothing of its options. */
async function fetchDocument(url: string, { ports }: ProviderRoom): Promise<Response> {
  const document = await ports.fetchJson(url).catch((error: unknown) => {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  });
  if (document === undefined || JSON.stringify(document).length > MAX_DOCUMENT_CHARS)
    return new Response(null, { status: 502 });
  const text = JSON.stringify(publicClientOf(document));
  return new Response(text, { headers: { "content-type": "application/json" } });
}

function features(room: ProviderRoom): NonNullable<Configuration["features"]> {
  const off = { enabled: false } as const;
  return {
    devInteractions: off,
    userinfo: off,
    revocation: off,
    introspection: off,
    rpInitiatedLogout: off,
    resourceIndicators: off,
    dPoP: off,
    deviceFlow: off,
    claimsParameter: off,
    clientCredentials: off,
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    externalSigningSupport: { enabled: true, ack: "experimental-01" },
    clientIdMetadataDocument: {
      enabled: true,
      ack: "draft-02",
      allowFetch: (_ctx: KoaContextWithOIDC, id: string) => clientOf(id, room.ports)?.binding !== undefined,
      allowClient: (_ctx: KoaContextWithOIDC, client: { readonly clientId: string }) =>
        clientOf(client.clientId, room.ports)?.binding !== undefined,
    },
    ciba: {
      enabled: true,
      deliveryModes: ["poll"],
      processLoginHint: (_ctx, hint) => (hint === undefined ? undefined : room.findHinted(hint)),
      processLoginHintToken: () => undefined,
      verifyUserCode: () => undefined,
      validateRequestContext: () => undefined,
      validateBindingMessage(_ctx, message) {
        if (message !== undefined && !MAX_MESSAGE.test(message))
          throw new errors.InvalidBindingMessage("a binding message is a line of at most 200 characters");
      },
      triggerAuthenticationDevice(_ctx, request, account, client) {
        const person = account.accountId;
        room.onWaiting({ id: request.jti, person, client: client.clientId, params: request.params });
      },
    },
  };
}

function configurationOf(room: ProviderRoom, key: SigningKey): Configuration {
  return {
    adapter: providerAdapters(room),
    jwks: { keys: [new CustodyKey(key)] },
    features: features(room),
    scopes: ["openid", "offline_access", MANDATE_SCOPE],
    claims: { openid: ["sub"] },
    extraParams: [ASKED_PARAMETER],
    responseTypes: ["code"],
    clientAuthMethods: ["none"],
    clientDefaults: {
      grant_types: ["authorization_code", "refresh_token"],
      id_token_signed_response_alg: "ES256",
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    pkce: { required: () => true },
    cookies: {
      keys: [...room.cookieKeys],
      long: { signed: true, httpOnly: true, sameSite: "lax" },
      short: { signed: true, httpOnly: true, sameSite: "lax" },
      names: {
        interaction: "narrowgate-consent",
        resume: "narrowgate-resume",
        session: "narrowgate-oauth",
      },
    },
    routes: {
      authorization: "/authorize",
      pushed_authorization_request: "/par",
      backchannel_authentication: "/bc-authorize",
      token: "/token",
    },
    interactions: { policy: policyOf(), url: (_ctx, interaction) => `${CONSENT_PATH}/${interaction.uid}` },
    findAccount: (_ctx, sub, source) => Promise.resolve(findAccount(room, sub, source)),
    loadExistingGrant: async (ctx) => {
      const id = ctx.oidc.result?.consent?.grantId;
      return id === undefined ? undefined : ctx.oidc.provider.Grant.find(id);
    },
    issueRefreshToken: (_ctx, client) => Promise.resolve(client.grantTypeAllowed("refresh_token")),
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    conformIdTokenClaims: false,
    fetch: (url) => fetchDocument(String(url), room),
    renderError(ctx, { error, error_description: description }) {
      ctx.type = "html";
      ctx.body = messagePage("This request cannot be answered", `${error}: ${description ?? ""}`);
    },
    ttl: {
      AuthorizationCode: LIFE.code,
      Interaction: LIFE.interaction,
      PushedAuthorizationRequest: LIFE.pushed,
      BackchannelAuthenticationRequest: LIFE.backchannel,
      Session: LIFE.interaction,
      AccessToken: LIFE.code,
      IdToken: 300,
      Grant: (_ctx, grant) => room.lifeOf(grant.jti),
      RefreshToken: (_ctx, token) => room.lifeOf(token.grantId ?? ""),
    },
  };
}

/** The one grant list the metadata names for this room. */
export const GRANTS_HERE: readonly string[] = CONSENT_GRANTS;

/** Makes a provider around one signing key. It keeps nothing itself, but client metadata documents for a while. */
export function createProvider(room: ProviderRoom, key: SigningKey): Provider {
  const provider = new Provider(room.ports.issuer, configurationOf(room, key));
  provider.on("server_error", (_ctx: unknown, error: unknown) => room.ports.report(error));
  return provider;
}
