import { NarrowgateError } from "@narrowgate/kernel";
import { type AuthorityRequest, authorityForm } from "./authority-request.ts";
import { type FetchLike, sendWithProof } from "./dpop-fetch.ts";
import type { GrantedToken, TokenClient } from "./token-client.ts";
import { createTokenSource } from "./token-source.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const JWT = "urn:ietf:params:oauth:token-type:jwt";

/** One agent's authority for one task: tokens per resource, requests with proof, hand-off to another agent. */
export interface AgentSession {
  /** A token for a resource, cached and renewed. @throws with the code of the refusal */
  token(resource: string): Promise<string>;
  /**
   * `fetch` for one MCP server behind the gate: token, proof and body digest on each request, to its origin alone.
   * @throws `fetch_refused` for another origin
   */
  fetchFor(serverUrl: string): FetchLike;
  /** A hand-off token for another agent, with at most this authority: give it to that agent, and to nobody else. */
  delegate(agent: string, authority?: AuthorityRequest): Promise<string>;
  /** A session with less authority, same agent and key. */
  narrow(authority: AuthorityRequest): AgentSession;
}

/** The first token of a session for one resource. */
export type Root = (resource: string, authority: AuthorityRequest) => Promise<GrantedToken>;

/** A session whose tokens come from `root`, each for one resource and with at most `authority`. */
export function sessionFrom(client: TokenClient, root: Root, authority: AuthorityRequest): AgentSession {
  const { options, nonces } = client;
  const source = createTokenSource((resource) => root(resource, authority), options.nowMs);
  const send: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  return {
    token: (resource) => source.token(resource),
    fetchFor: (serverUrl) => async (url, init) => {
      // What a client was told to ask elsewhere is none of this token's business.
      if (new URL(url).origin !== new URL(serverUrl).origin)
        throw new NarrowgateError("fetch_refused", "the token is sent to no other origin than its server's");
      const accessToken = await source.token(serverUrl);
      const headers = Object.fromEntries(new Headers(init.headers));
      const body = bodyOf(init.body);
      const request = {
        key: options.key,
        method: init.method ?? "GET",
        url,
        headers,
        body,
        accessToken,
        signal: init.signal,
      };
      const response = await sendWithProof(request, nonces, send, options.nowMs);
      // A refused token is not used again: the next request asks for a new one, or learns why there is none.
      if (response.status === 401) source.forget(serverUrl);
      return response;
    },
    async delegate(agent, wanted = authority) {
      return (await root(`${options.issuer}/agents/${agent}`, wanted)).accessToken;
    },
    narrow: (less) => sessionFrom(client, root, less),
  };
}

function bodyOf(body: RequestInit["body"]): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  throw new NarrowgateError(
    "malformed_input",
    "only text and bytes can be sent: the proof signs the exact body",
  );
}

/**
 * The session of an agent that was given a mandate, or acts on its own behalf without one.
 * @param mandate - id of an open mandate given to this agent
 */
export function openSession(client: TokenClient, mandate?: string): AgentSession {
  return sessionFrom(
    client,
    (resource, authority) =>
      client.request({
        grant_type: "client_credentials",
        resource,
        ...(mandate === undefined ? {} : { mandate }),
        ...authorityForm(authority),
      }),
    {},
  );
}

/**
 * The session of an agent that was handed a task: the hand-off token is rebound to this agent's key on first use, and
 * cut further from there. The hand-off token works once.
 * @see RFC 8693; docs/spec/token.md T-4
 */
export function acceptHandOff(client: TokenClient, handOff: string): AgentSession {
  let parent: Promise<GrantedToken> | undefined;
  const rebind = (resource: string, authority: AuthorityRequest): Promise<GrantedToken> =>
    client.request({
      grant_type: EXCHANGE,
      subject_token: handOff,
      subject_token_type: ACCESS_TOKEN,
      actor_token: "self",
      actor_token_type: JWT,
      resource,
      ...authorityForm(authority),
    });
  const cut = async (
    from: Promise<GrantedToken>,
    resource: string,
    authority: AuthorityRequest,
  ): Promise<GrantedToken> =>
    client.request({
      grant_type: EXCHANGE,
      subject_token: (await from).accessToken,
      subject_token_type: ACCESS_TOKEN,
      resource,
      ...authorityForm(authority),
    });
  return sessionFrom(
    client,
    (resource, authority) => {
      if (parent !== undefined) return cut(parent, resource, authority);
      // The first token takes the whole hand-off, so that later ones can be cut from it.
      parent = rebind(resource, {});
      return Object.keys(authority).length === 0 ? parent : cut(parent, resource, authority);
    },
    {},
  );
}
