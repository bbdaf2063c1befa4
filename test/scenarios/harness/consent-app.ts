import { createHash, randomBytes } from "node:crypto";
import {
  type AgentKey,
  generateAgentKey,
  type NonceMemory,
  sendWithProof,
  signProof,
} from "@narrowgate/agent";
import type { Page, WalkingBrowser } from "./browser.ts";
import type { TestInstance } from "./test-instance.ts";

/** Where the clients of these walks are sent back to. Nothing listens there. */
export const REDIRECT = "http://127.0.0.1:8123/callback";

/** An answer of the token endpoint. */
export interface TokenReply {
  readonly status: number;
  readonly text: string;
}

/** What a consent shows of itself to its person. */
export interface ShownConsent {
  readonly mandate: string;
  readonly agent: string;
}

type Parameters = Readonly<Record<string, string>>;

/** A public client of ours, with a key of its own, that can do everything wrong. */
export class ConsentApp {
  readonly jkt: string;
  readonly #gate: TestInstance;
  readonly #id: string;
  readonly #key: AgentKey;
  #nonce: string | undefined;
  #verifier = "";

  constructor(gate: TestInstance, id: string, key: AgentKey) {
    this.#gate = gate;
    this.#id = id;
    this.#key = key;
    this.jkt = key.jkt;
  }

  /** An authorization request without a push; an empty parameter is left out. */
  plain(browser: WalkingBrowser, more: Parameters = {}): Promise<Page> {
    this.#verifier = randomBytes(32).toString("base64url");
    const parameters = {
      client_id: this.#id,
      response_type: "code",
      redirect_uri: this.#id === "other" ? `${REDIRECT}-other` : REDIRECT,
      scope: "files:read",
      resource: `${this.#gate.issuer}/mcp/files`,
      code_challenge: createHash("sha256").update(this.#verifier).digest("base64url"),
      code_challenge_method: "S256",
      state: "s",
      ...more,
    };
    const sent = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ""));
    return browser.go(`${this.#gate.issuer}/authorize?${sent}`);
  }

  /** The consent page. */
  async open(browser: WalkingBrowser, more: Parameters = {}): Promise<Page> {
    return browser.go((await this.plain(browser, more)).location);
  }

  /** A code, with the person's yes. */
  async consent(browser: WalkingBrowser, more: Parameters = {}): Promise<{ code: string; verifier: string }> {
    const page = await this.open(browser, more);
    const answered = await browser.submit(page, "yes");
    const back = await browser.go(answered.location);
    const code = new URL(back.location).searchParams.get("code");
    if (code === null) throw new RangeError(`no code: ${back.location}`);
    return { code, verifier: this.#verifier };
  }

  /** Asks for tokens with a code, or what else the form says. */
  token(form: Parameters, { proof = "own" }: { readonly proof?: "own" | "none" } = {}): Promise<TokenReply> {
    const full = { grant_type: "authorization_code", client_id: this.#id, ...form };
    return this.#send("/token", full, proof);
  }

  refresh(refreshToken: string, more: Parameters = {}): Promise<TokenReply> {
    return this.token({ grant_type: "refresh_token", refresh_token: refreshToken, ...more });
  }

  /** The whole walk. */
  async tokens(
    browser: WalkingBrowser,
    more: Parameters = {},
  ): Promise<{ readonly access_token: string; readonly refresh_token: string }> {
    const { code, verifier } = await this.consent(browser, more);
    const reply = await this.token({ code, redirect_uri: REDIRECT, code_verifier: verifier });
    if (reply.status !== 200) throw new RangeError(reply.text);
    return JSON.parse(reply.text);
  }

  /** A request beside the browser, with the proof of this key alone. */
  beside(form: Parameters): Promise<TokenReply> {
    const full = { client_id: this.#id, scope: "openid files:read", ...form };
    return this.#send("/bc-authorize", full, "own");
  }

  /** Learns the nonce, so that what is sent at once is taken at once. */
  async warmUp(): Promise<void> {
    await this.token({ code: "none", redirect_uri: REDIRECT, code_verifier: "A".repeat(43) });
  }

  async consents(browser: WalkingBrowser): Promise<readonly ShownConsent[]> {
    return JSON.parse((await browser.go(`${this.#gate.issuer}/people/consents`)).text).consents;
  }

  withdraw(browser: WalkingBrowser, mandate: string, origin: string = this.#gate.issuer): Promise<Page> {
    return browser.go(`${this.#gate.issuer}/people/consents/withdraw`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ mandate }),
    });
  }

  /** Sends a request with a token and a proof of this key, as any client with possession proofs would. */
  fetchWith(accessToken: string): (url: string, init?: RequestInit) => Promise<Response> {
    const nonces: NonceMemory = new Map();
    return (url, { method = "GET", headers, body } = {}) => {
      const sent = Object.fromEntries(new Headers(headers));
      const text = typeof body === "string" ? { body } : {};
      return sendWithProof(
        { key: this.#key, method, url, headers: sent, accessToken, ...text },
        nonces,
        fetch,
      );
    };
  }

  async #send(path: string, form: Parameters, proof: "own" | "none"): Promise<TokenReply> {
    const reply = await this.#once(path, form, proof);
    return reply.text.includes("use_dpop_nonce") ? this.#once(path, form, proof) : reply;
  }

  async #once(path: string, form: Parameters, proof: "own" | "none"): Promise<TokenReply> {
    const url = `${this.#gate.issuer}${path}`;
    const nonce = this.#nonce === undefined ? {} : { nonce: this.#nonce };
    const dpop = await signProof(this.#key, { method: "POST", url, ...nonce }, Date.now());
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(proof === "none" ? {} : { dpop }),
      },
      body: new URLSearchParams({ ...form }).toString(),
    });
    this.#nonce = answer.headers.get("dpop-nonce") ?? this.#nonce;
    return { status: answer.status, text: await answer.text() };
  }
}

/** A client with a fresh key. */
export async function consentApp(gate: TestInstance, id: string): Promise<ConsentApp> {
  return new ConsentApp(gate, id, await generateAgentKey());
}
