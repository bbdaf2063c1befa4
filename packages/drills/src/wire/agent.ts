import { type Answer, send } from "./http.ts";
import { digestOf, type Key, makeKey, randomText, signedText } from "./key.ts";
import { textAt } from "./reading.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const JWT = "urn:ietf:params:oauth:token-type:jwt";
const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const PROTOCOL = "2026-07-28";
const META = "io.modelcontextprotocol/";

/** Members of a proof that an attacker sets as he likes; what is left out is as it should be. */
export interface ProofTricks {
  readonly key?: Key;
  readonly jti?: string;
  readonly htm?: string;
  readonly htu?: string;
  /** Unix seconds. */
  readonly iat?: number;
  /** Token that the proof claims to be for. */
  readonly ath?: string;
  readonly bodyDigest?: string;
  /** A proof made before, sent as it was. */
  readonly whole?: string;
  readonly none?: boolean;
}

/** One call of a tool. */
export interface ToolCall {
  readonly server: string;
  readonly tool: string;
  readonly args: object;
  readonly token: string;
  readonly tricks?: ProofTricks;
  /** `DPoP` unless told otherwise. */
  readonly scheme?: string;
  readonly limitMs?: number;
}

interface Proven {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly tricks?: ProofTricks;
  readonly scheme?: string;
  readonly limitMs?: number;
}

function asksForNonce({ status, headers, text }: Answer): boolean {
  const challenge = headers.get("www-authenticate") ?? "";
  return (status === 400 || status === 401) && `${challenge}${text}`.includes("use_dpop_nonce");
}

/** An agent of these drills: key, proofs, tokens and calls, written from the RFCs and from docs/spec/token.md alone. */
export class Agent {
  readonly id: string;
  readonly issuer: string;
  readonly key: Key;
  #nonce = "";

  constructor(issuer: string, id: string, key: Key = makeKey()) {
    this.issuer = issuer;
    this.id = id;
    this.key = key;
  }

  /** The proof of one request. @see RFC 9449 section 4.2 */
  proof({ method, url, body, token, tricks = {} }: Omit<Proven, "headers">): string {
    const { key = this.key, jti = randomText(), htm = method, htu = url } = tricks;
    const about = tricks.ath ?? token;
    return signedText(
      key,
      { typ: "dpop+jwt", jwk: key.jwk },
      {
        jti,
        htm,
        htu,
        iat: tricks.iat ?? Math.floor(Date.now() / 1000),
        ...(this.#nonce === "" ? {} : { nonce: this.#nonce }),
        ...(about === undefined ? {} : { ath: digestOf(about) }),
        ...(body === undefined ? {} : { body_sha256: tricks.bodyDigest ?? digestOf(body) }),
      },
    );
  }

  async #once(asked: Proven): Promise<Answer> {
    const { tricks = {}, token, headers, scheme = "DPoP" } = asked;
    const dpop = tricks.none === true ? {} : { dpop: tricks.whole ?? this.proof(asked) };
    const given = token === undefined ? {} : { authorization: `${scheme} ${token}` };
    const answer = await send({ ...asked, headers: { ...headers, ...dpop, ...given } });
    this.#nonce = answer.headers.get("dpop-nonce") ?? this.#nonce;
    return answer;
  }

  /** Sends with a proof, and once more where a nonce is asked for. */
  async send(asked: Proven): Promise<Answer> {
    const before = this.#nonce;
    const answer = await this.#once(asked);
    return asksForNonce(answer) && this.#nonce !== before ? this.#once(asked) : answer;
  }

  /** A client assertion of one minute. @see RFC 7523 section 3 */
  assertion(tricks: { readonly key?: Key; readonly id?: string; readonly aud?: string } = {}): string {
    const { key = this.key, id = this.id, aud = this.issuer } = tricks;
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: id, sub: id, aud, iat, exp: iat + 60, jti: randomText() };
    return signedText(key, { typ: "JWT", kid: key.jkt }, claims);
  }

  /** Binds this key to an agent by a join code. */
  enrol(code: string, agent: string = this.id): Promise<Answer> {
    const body = JSON.stringify({ agent, code });
    const headers = { "content-type": "application/json" };
    return this.send({ method: "POST", url: `${this.issuer}/enrol`, headers, body });
  }

  /** A request to the token endpoint. */
  async form(
    fields: Readonly<Record<string, string>>,
    tricks: ProofTricks & { readonly assertion?: string } = {},
  ): Promise<Answer> {
    const build = (): Proven => {
      const assertion = tricks.assertion ?? this.assertion();
      const own = { client_assertion_type: ASSERTION, client_assertion: assertion };
      const actor = fields["actor_token"] === "self" ? { actor_token: assertion } : {};
      const body = new URLSearchParams({ ...fields, ...own, ...actor }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return { method: "POST", url: `${this.issuer}/token`, headers, body, tricks };
    };
    const before = this.#nonce;
    const answer = await this.#once(build());
    // An assertion works once, so that the second try takes another.
    return asksForNonce(answer) && this.#nonce !== before ? this.#once(build()) : answer;
  }

  /** Asks for a token for a server of this instance. */
  mint(server: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.form({ grant_type: "client_credentials", resource: `${this.issuer}/mcp/${server}`, ...more });
  }

  /** Exchanges a token; `rebind` takes over what was handed to this agent. */
  exchange(token: string, more: Readonly<Record<string, string>>, rebind = false): Promise<Answer> {
    const actor = rebind ? { actor_token: "self", actor_token_type: JWT } : {};
    const subject = { subject_token: token, subject_token_type: ACCESS_TOKEN };
    return this.form({ grant_type: EXCHANGE, ...subject, ...actor, ...more });
  }

  /** Opens a mandate of a person for this agent, with what her identity provider signed. */
  mandate(document: object, assertion: string): Promise<Answer> {
    const own = { client_assertion_type: ASSERTION, client_assertion: this.assertion() };
    const body = JSON.stringify({ document, assertion, ...own });
    const headers = { "content-type": "application/json" };
    return this.send({ method: "POST", url: `${this.issuer}/mandates`, headers, body });
  }

  /** The message of a call, as sent. */
  message({ tool, args }: Pick<ToolCall, "tool" | "args">): string {
    const _meta = {
      [`${META}protocolVersion`]: PROTOCOL,
      [`${META}clientCapabilities`]: {},
      [`${META}clientInfo`]: { name: "narrowgate-drills", version: "1" },
    };
    const params = { name: tool, arguments: args, _meta };
    return JSON.stringify({ jsonrpc: "2.0", id: randomText(8), method: "tools/call", params });
  }

  /** The request of a call, with the exact bytes of its body. */
  request({
    server,
    tool,
    args,
    ...rest
  }: ToolCall): Parameters<Agent["send"]>[0] & { readonly body: string } {
    return {
      ...rest,
      method: "POST",
      url: `${this.issuer}/mcp/${server}`,
      headers: {
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-method": "tools/call",
        "mcp-name": tool,
        "mcp-protocol-version": PROTOCOL,
      },
      body: this.message({ tool, args }),
    };
  }

  /** Calls a tool behind the gate, in the stateless protocol. */
  call(asked: ToolCall): Promise<Answer> {
    return this.send(this.request(asked));
  }
}

/** The access token of an answer; empty where there is none. */
export function tokenOf({ body }: Answer): string {
  return textAt(body, "access_token");
}
