import type { ErrorCode, ServerRecord } from "@narrowgate/contracts";
import { canonicalBytes, type JsonObject } from "@narrowgate/kernel";
import type { GatewayLimits } from "../../limits.ts";
import { encodeHeaderValue } from "../../mcp/header-value.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import { modernVersion } from "../../mcp/protocol.ts";
import type { UpstreamTokens } from "../../ports.ts";
import type { OnBehalf, Prepared, SendOptions, UpstreamFacts, UpstreamReply } from "../upstream.ts";
import type { HttpEnd, HttpMethod, HttpPeer } from "./post-message.ts";

/** What an upstream said of itself, or why it said nothing. */
export type Readiness = UpstreamFacts | { readonly kind: "failed"; readonly code: ErrorCode };

/** One conversation: in the earlier era a session, in the modern one nothing but what the upstream is. */
export interface Conversation {
  facts?: UpstreamFacts;
  /** Set while it is being opened. */
  opening?: Promise<Readiness>;
  sessionId?: string;
}

/** Speaks with one address. */
export interface Speaker {
  post(conversation: Conversation, prepared: Prepared, options: SendOptions): Promise<UpstreamReply>;
  notify(conversation: Conversation, method: string, params: JsonObject, onBehalf?: OnBehalf): Promise<void>;
  /** Headers of a request on the gate's own behalf; undefined when there is no credential for it. */
  headers(
    conversation: Conversation,
    prepared: Prepared,
    method: HttpMethod,
  ): Promise<Record<string, string> | undefined>;
}

/** What speaking needs. */
export interface SpeakerContext {
  readonly upstream: Extract<ServerRecord["upstream"], { transport: "http" }>;
  readonly limits: GatewayLimits;
  readonly upstreamTokens?: UpstreamTokens;
}

const sessionOver = 404;
const down: UpstreamReply = { kind: "failed", code: "upstream_unavailable" };

/** What a request that carries a name repeats in a header. */
function nameOf(bytes: Uint8Array): string | undefined {
  const message: JsonObject = JSON.parse(Buffer.from(bytes).toString("utf8"));
  const params = isObject(message["params"]) ? message["params"] : {};
  const name = params["name"] ?? params["uri"];
  return typeof name === "string" ? name : undefined;
}

function transportHeaders({ facts, sessionId }: Conversation, prepared: Prepared): Record<string, string> {
  const probing = prepared.method === "server/discover" ? modernVersion : undefined;
  const version = facts?.protocolVersion ?? probing;
  const isModern = version === modernVersion;
  const name = isModern && prepared.bytes.length > 0 ? nameOf(prepared.bytes) : undefined;
  return {
    Accept: "application/json, text/event-stream",
    "Content-Type": "application/json",
    ...(version === undefined ? {} : { "MCP-Protocol-Version": version }),
    ...(isModern ? { "Mcp-Method": prepared.method } : {}),
    ...(name === undefined ? {} : { "Mcp-Name": encodeHeaderValue(name) }),
    ...(sessionId === undefined ? {} : { "Mcp-Session-Id": sessionId }),
  };
}

function replyOf(end: HttpEnd): UpstreamReply {
  switch (end.kind) {
    case "timeout":
      return { kind: "failed", code: "upstream_timeout" };
    case "aborted":
      return { kind: "cancelled" };
    case "malformed":
      return { kind: "failed", code: "upstream_malformed" };
    case "ended":
      return end.status >= 200 && end.status < 300 ? { kind: "failed", code: "upstream_malformed" } : down;
    default:
      return down;
  }
}

function keepSession(conversation: Conversation, end: HttpEnd): void {
  if (!("status" in end)) return;
  if (end.sessionId !== undefined) conversation.sessionId = end.sessionId;
  // The session is over: the next request opens a new one.
  if (end.status !== sessionOver || conversation.facts?.era !== "earlier") return;
  delete conversation.sessionId;
  delete conversation.facts;
}

/** Makes a speaker. Trust: what is answered is a stranger's, bounded in size and number. */
export function createSpeaker(peer: HttpPeer, context: SpeakerContext): Speaker {
  const { upstream, limits, upstreamTokens } = context;

  const credentials = async (
    body: Uint8Array,
    onBehalf: OnBehalf | undefined,
    method: HttpMethod = "POST",
  ): Promise<Readonly<Record<string, string>> | undefined> => {
    if (upstream.auth === "none") return {};
    const token = onBehalf === undefined ? {} : { token: onBehalf.token };
    try {
      return await upstreamTokens?.headers({ url: upstream.url, method, body, ...token });
    } catch {
      // No credential, no request: the caller learns that the upstream cannot be reached.
      return undefined;
    }
  };

  return {
    async post(conversation, prepared, { onBehalf, timeoutMs, signal, mirrored, onProgress }) {
      const own = await credentials(prepared.bytes, onBehalf);
      if (own === undefined) return down;
      let answer: UpstreamReply | undefined;
      const end = await peer.exchange({
        method: "POST",
        headers: { ...transportHeaders(conversation, prepared), ...mirrored, ...own },
        body: prepared.bytes,
        limits: { timeoutMs, messageBytes: limits.messageBytes, messages: limits.strayMessages },
        ...(signal === undefined ? {} : { signal }),
        onMessage(message) {
          if (message.kind === "notification" && message.method === "notifications/progress") {
            onProgress?.(message.params);
          }
          if (message.kind === "notification" || message.kind === "request" || message.id !== prepared.id) {
            return false;
          }
          answer =
            message.kind === "result"
              ? { kind: "result", result: message.result }
              : { kind: "error", error: message.error };
          return true;
        },
      });
      keepSession(conversation, end);
      return answer ?? replyOf(end);
    },
    async notify(conversation, method, params, onBehalf) {
      const bytes = canonicalBytes({ jsonrpc: "2.0", method, params });
      const own = await credentials(bytes, onBehalf);
      if (own === undefined) return;
      await peer.exchange({
        method: "POST",
        headers: { ...transportHeaders(conversation, { id: 0, method, bytes }), ...own },
        body: bytes,
        limits: { timeoutMs: limits.startMs, messageBytes: limits.messageBytes, messages: 1 },
        onMessage: () => true,
      });
    },
    async headers(conversation, prepared, method) {
      const own = await credentials(prepared.bytes, undefined, method);
      return own === undefined ? undefined : { ...transportHeaders(conversation, prepared), ...own };
    },
  };
}
