import { utf8 } from "@narrowgate/kernel";
import type { AgentKey } from "./agent-key.ts";
import { signProof } from "./proofs.ts";

/** The part of `fetch` that is used here; any runtime's own fits. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Remembers the nonce each origin handed out last. */
export type NonceMemory = Map<string, string>;

/** One request that proves possession of a key. */
export interface DpopRequest {
  readonly key: AgentKey;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly accessToken?: string | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * Whether a request was refused for its nonce alone. Every answer may hand out a new nonce; sending a request again that
 * was refused for another reason would use its client assertion twice, and hide the reason.
 */
async function asksForNonce(response: Response): Promise<boolean> {
  if (response.status !== 400 && response.status !== 401) return false;
  if (!response.headers.has("dpop-nonce")) return false;
  const challenge = response.headers.get("www-authenticate");
  if (challenge?.includes("use_dpop_nonce") === true) return true;
  return (await response.clone().text()).includes('"use_dpop_nonce"');
}

/**
 * Sends a request with a DPoP proof, and once more when the server hands out a new nonce.
 * Guarantee: each attempt carries a fresh proof; the body is sent as the exact bytes that were signed.
 * @see RFC 9449 sections 7 and 8
 */
export async function sendWithProof(
  request: DpopRequest,
  nonces: NonceMemory,
  fetchLike: FetchLike,
  nowMs: () => number = Date.now,
): Promise<Response> {
  const { origin } = new URL(request.url);
  const body = typeof request.body === "string" ? utf8(request.body) : request.body;
  const attempt = async (): Promise<Response> => {
    const { key, method, url, accessToken } = request;
    const dpop = await signProof(key, { method, url, accessToken, body, nonce: nonces.get(origin) }, nowMs());
    const headers: Record<string, string> = { ...request.headers, dpop };
    if (accessToken !== undefined) headers.authorization = `DPoP ${accessToken}`;
    const response = await fetchLike(url, {
      method,
      headers,
      redirect: "error",
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      ...(request.signal == null ? {} : { signal: request.signal }),
    });
    return response;
  };
  const used = nonces.get(origin);
  const first = await attempt();
  const offered = first.headers.get("dpop-nonce");
  if (offered !== null) nonces.set(origin, offered);
  if (offered === used || !(await asksForNonce(first))) return first;
  await first.body?.cancel();
  const second = await attempt();
  const next = second.headers.get("dpop-nonce");
  if (next !== null) nonces.set(origin, next);
  return second;
}
