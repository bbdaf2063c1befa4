import { isErrorCode, parseAccessTokenClaims } from "@narrowgate/contracts";
import {
  fromBase64url,
  NarrowgateError,
  parseStrictJson,
  randomId,
  readObject,
  readString,
  sha256,
  toBase64url,
  utf8,
} from "@narrowgate/kernel";
import { type AuthorityRequest, authorityForm } from "./authority-request.ts";
import { sendWithProof } from "./dpop-fetch.ts";
import { renewedTokens } from "./renewed-tokens.ts";
import { type AgentSession, sessionFrom } from "./session.ts";
import { type GrantedToken, readJsonAnswer, refusalOf, type TokenClient } from "./token-client.ts";

const MAX_RETURNED_CHARS = 512;

/** What a person is asked to allow. */
export interface SignInRequest {
  /** Addresses of the servers behind the gate that the tokens are to be for; at least one. */
  readonly resources: readonly string[];
  /** Where her browser is sent back to: as the agent's consent binding has it; on loopback with any port. */
  readonly redirectUri: string;
  /** Less than the agent may ever have. */
  readonly authority?: AuthorityRequest;
  /** A line in the agent's words: she sees it as such. */
  readonly purpose?: string;
  /** Ticket or case the task is about. */
  readonly case?: string;
}

/** What came of a sign-in: one agent's work under the mandate that a person opened. */
export interface SignedIn {
  /** Id of the mandate; closing it ends all. */
  readonly mandate: string;
  readonly session: AgentSession;
}

/** A sign-in that waits for a person and her browser. */
export interface PendingSignIn {
  /** Where she is to go, soon. Holds no secret. */
  readonly url: string;
  /** Whether a browser that came back brings the answer to this request, and to no other. */
  isAnswer(returned: URLSearchParams): boolean;
  /**
   * Takes the answer.
   * @throws `consent_refused` when she said no; `invalid_grant` when it is not the answer of this instance to this
   * request; with the code of any other refusal
   */
  finish(returned: URLSearchParams): Promise<SignedIn>;
}

interface Begun {
  readonly request: SignInRequest;
  readonly state: string;
  readonly verifier: string;
}

/** The one value of a parameter; nothing for one that is repeated or endless. */
function single(returned: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = returned.getAll(name);
  return more.length === 0 && (value?.length ?? 0) <= MAX_RETURNED_CHARS ? value : undefined;
}

function refusedInBrowser(returned: URLSearchParams): NarrowgateError | undefined {
  if (!returned.has("error")) return undefined;
  const said = single(returned, "error") ?? "";
  const why = single(returned, "error_description") ?? "the request was refused";
  if (said === "access_denied") return new NarrowgateError("consent_refused", why);
  return new NarrowgateError(isErrorCode(said) ? said : "invalid_request", why);
}

/** Which mandate a token of ours is under. The token is none of an attacker's: it came in answer to our own request. */
function mandateOf({ accessToken }: GrantedToken): string {
  const [, payload = ""] = accessToken.split(".");
  return parseAccessTokenClaims(parseStrictJson(fromBase64url(payload), { maxBytes: 16 * 1024 })).ng.mandate;
}

async function push(client: TokenClient, { request, state, verifier }: Begun): Promise<string> {
  const { issuer, agent, key } = client.options;
  const form = new URLSearchParams({
    client_id: agent,
    response_type: "code",
    redirect_uri: request.redirectUri,
    code_challenge: toBase64url(sha256(utf8(verifier))),
    code_challenge_method: "S256",
    state,
    ...authorityForm(request.authority ?? {}),
    ...(request.purpose === undefined ? {} : { purpose: request.purpose }),
    ...(request.case === undefined ? {} : { case: request.case }),
  });
  for (const resource of request.resources) form.append("resource", resource);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = { key, method: "POST", url: `${issuer}/par`, headers, body: form.toString() };
  const send = client.options.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  const response = await sendWithProof(sent, client.nonces, send, client.options.nowMs);
  const answer = await readJsonAnswer(response);
  if (!response.ok) throw refusalOf(answer);
  const { request_uri: pushed } = readObject(answer, "", Object.keys(answer));
  return readString(pushed, "/request_uri", { min: 1, max: 512 });
}

async function redeem(client: TokenClient, begun: Begun, returned: URLSearchParams): Promise<SignedIn> {
  // ORDER: state and issuer first: what else somebody brought is not even read as an answer (RFC 9207, RFC 6749 10.12).
  if (single(returned, "state") !== begun.state || single(returned, "iss") !== client.options.issuer)
    throw new NarrowgateError("invalid_grant", "this is no answer of the instance to this request");
  const refused = refusedInBrowser(returned);
  if (refused !== undefined) throw refused;
  const [resource = ""] = begun.request.resources;
  const token = await client.request({
    grant_type: "authorization_code",
    code: single(returned, "code") ?? "",
    redirect_uri: begun.request.redirectUri,
    code_verifier: begun.verifier,
    resource,
  });
  return {
    mandate: mandateOf(token),
    session: sessionFrom(client, renewedTokens(client, token, resource), {}),
  };
}

/**
 * Begins a sign-in through a browser: a pushed request under the agent's own id, bound to the key of `client`, with PKCE.
 * @param client - authenticates by the agent's id alone: its key is no instance of the agent yet, and becomes one
 * @throws with the code of the refusal
 * @see RFC 9126; RFC 7636; RFC 9449 section 10
 */
export async function beginSignIn(client: TokenClient, request: SignInRequest): Promise<PendingSignIn> {
  const begun = { request, state: randomId(), verifier: randomId(32) };
  const { issuer, agent } = client.options;
  const query = new URLSearchParams({ client_id: agent, request_uri: await push(client, begun) });
  return {
    url: `${issuer}/authorize?${query}`,
    isAnswer: (returned) => single(returned, "state") === begun.state,
    finish: (returned) => redeem(client, begun, returned),
  };
}
