import { isErrorCode } from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import type { AgentKey } from "./agent-key.ts";
import { type FetchLike, type NonceMemory, sendWithProof } from "./dpop-fetch.ts";
import { signClientAssertion } from "./proofs.ts";

const MAX_ANSWER_BYTES = 256 * 1024;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** An access token with what a client needs to know of it. */
export interface GrantedToken {
  readonly accessToken: string;
  readonly scope: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** What the next token is asked for with, once, where a person consented; bound to the same key. */
  readonly refreshToken?: string;
}

/** Who asks, and how. */
export interface TokenClientOptions {
  /** Issuer identifier of the instance: its external base URL. */
  readonly issuer: string;
  /** Agent id. */
  readonly agent: string;
  readonly key: AgentKey;
  readonly fetch?: FetchLike;
  readonly nowMs?: () => number;
  /** How the client authenticates; default is `private_key_jwt` with the agent's key. */
  readonly authenticate?: () => Promise<Readonly<Record<string, string>>>;
}

/** Speaks to the token endpoint. */
export interface TokenClient {
  readonly options: TokenClientOptions;
  readonly nonces: NonceMemory;
  /** @throws NarrowgateError with the catalogue code of the refusal */
  request(form: Readonly<Record<string, string>>): Promise<GrantedToken>;
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const declared = Number(response.headers.get("content-length") ?? "0");
  if (declared > MAX_ANSWER_BYTES) throw new NarrowgateError("fetch_failed", "the answer is too large");
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > MAX_ANSWER_BYTES) throw new NarrowgateError("fetch_failed", "the answer is too large");
  return bytes;
}

function memberText(value: JsonValue | undefined, name: string): string | undefined {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : undefined;
}

/** The refusal in an OAuth error body, or in the error body of our other endpoints, as our own error. */
export function refusalOf(body: JsonObject): NarrowgateError {
  const said = memberText(body.error, "code") ?? memberText(body, "code") ?? "";
  const text = memberText(body.error, "message") ?? memberText(body, "error_description");
  return new NarrowgateError(isErrorCode(said) ? said : "invalid_request", text ?? "the request was refused");
}

/** Reads a JSON object answer with bounds. @throws `malformed_json`, `malformed_input`, `fetch_failed` */
export async function readJsonAnswer(response: Response): Promise<JsonObject> {
  const value = parseStrictJson(await readBounded(response), { maxBytes: MAX_ANSWER_BYTES });
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NarrowgateError("malformed_input", "the answer is not a JSON object");
  return Object.fromEntries(Object.entries(value));
}

/** @see RFC 6749 section 3.2; RFC 8693 section 2; docs/spec/token.md */
export function createTokenClient(options: TokenClientOptions): TokenClient {
  const nowMs = options.nowMs ?? Date.now;
  const fetchLike: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  const nonces: NonceMemory = new Map();
  const url = `${options.issuer}/token`;
  const authenticate =
    options.authenticate ??
    (async (): Promise<Readonly<Record<string, string>>> => ({
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await signClientAssertion(options.key, options.agent, options.issuer, nowMs()),
    }));
  const post = async (form: Readonly<Record<string, string>>): Promise<Response> => {
    const credentials = await authenticate();
    const actor =
      form.actor_token === "self"
        ? { actor_token: credentials.client_assertion ?? credentials.assertion ?? "" }
        : {};
    const body = new URLSearchParams({ ...form, ...credentials, ...actor }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return sendWithProof({ key: options.key, method: "POST", url, headers, body }, nonces, fetchLike, nowMs);
  };
  return {
    options,
    nonces,
    async request(form) {
      const response = await post(form);
      const answer = await readJsonAnswer(response);
      if (!response.ok) throw refusalOf(answer);
      const { access_token, expires_in, scope, refresh_token } = readObject(answer, "", Object.keys(answer));
      const refreshToken = readOptional(refresh_token, (value) =>
        readString(value, "/refresh_token", { min: 1, max: 512 }),
      );
      return {
        accessToken: readString(access_token, "/access_token", { min: 1, max: 16_384 }),
        scope: readString(scope, "/scope", { min: 0, max: 4096 }),
        expiresAtMs: nowMs() + readInteger(expires_in, "/expires_in", { min: 0, max: 900 }) * 1000,
        ...(refreshToken === undefined ? {} : { refreshToken }),
      };
    },
  };
}
