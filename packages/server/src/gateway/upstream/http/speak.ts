import type { ErrorCode, ServerRecord } from "@narrowgate/contracts";
import { canonicalBytes, type JsonObject } from "@narrowgate/kernel";
import type { GatewayLimits } from "../../limits.ts";
import { encodeHeaderValue } from "../../mcp/header-value.ts";
import { isObject, type RequestId, type RpcMessage } from "../../mcp/json-rpc.ts";
import { modernVersion } from "../../mcp/protocol.ts";
import type { UpstreamTokens } from "../../ports.ts";
import { answerRequest } from "../answer-request.ts";
import type { OnBehalf, Prepared, SendOptions, UpstreamFacts, UpstreamReply } from "../upstream.ts";
import type { HttpEnd, HttpExchange, HttpMethod, HttpPeer } from "./post-message.ts";
import { resumeStream } from "./resume-stream.ts";

/** What an upstream said of itself, or why it said nothing. */
export type Readiness = UpstreamFacts | { readonly kind: "failed"; readonly code: ErrorCode };

/** One conversation: in the earlier era a session, in the modern one nothing but what the upstream is. */
export interface Conversation {
  facts?: UpstreamFacts;
  /** Set while it is being opened. */
  opening?: Promise<Readiness>;
  sessionId?: string;
}

/** What an upstream asks of its client. */
export type AskedBack = Extract<RpcMessage, { kind: "request" }>;

/** Speaks with one address. */
export interface Speaker {
  post(conversation: Conversation, prepared: Prepared, options: SendOptions): Promise<UpstreamReply>;
  /** Sends a message that has no answer; rejects never, and says nothing of its end. */
  tell(conversation: Conversation, message: JsonObject, onBehalf?: OnBehalf): Promise<void>;
  /** Answers what the upstream asks, whoever's conversation it asks it in. */
  answer(conversation: Conversation, request: AskedBack, onBehalf?: OnBehalf): void;
  /** Headers of a request, on the gate's own behalf or a caller's; undefined when there is no credential for it. */
  headers(
    conversation: Conversation,
    prepared: Prepared,
    method: HttpMethod,
    onBehalf?: OnBehalf,
  ): Promise<Record<string, string> | undefined>;
}

/** What speaking needs. */
export interface SpeakerContext {
  readonly upstream: Extract<ServerRecord["upstream"], { transport: "http" }>;
  readonly limits: GatewayLimits;
  readonly upstreamTokens?: UpstreamTokens;
}

const sessionOver = 404;
const noBody = new Uint8Array();
/** Answers to an upstream under way; what it asks beyond that is dropped, as a flood. */
const maxAnswering = 32;
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

type Credentials = (
  body: Uint8Array,
  onBehalf: OnBehalf | undefined,
  method?: HttpMethod,
) => Promise<Readonly<Record<string, string>> | undefined>;

function createCredentials(peer: HttpPeer, { upstream, upstreamTokens }: SpeakerContext): Credentials {
  return async (body, onBehalf, method = "POST") => {
    if (upstream.auth === "none") return {};
    const token = onBehalf === undefined ? {} : { token: onBehalf.token };
    const known = peer.nonce();
    const nonce = known === undefined ? {} : { nonce: known };
    try {
      return await upstreamTokens?.headers({ url: upstream.url, method, body, ...token, ...nonce });
    } catch {
      // No credential, no request: the caller learns that the upstream cannot be reached.
      return undefined;
    }
  };
}

/** Picks the reply to one request out of what comes on its stream. */
function waitForReply(
  id: RequestId,
  handlers: {
    readonly onProgress?: (params: JsonObject) => void;
    readonly onRequest: (request: AskedBack) => void;
  },
): { readonly onMessage: HttpExchange["onMessage"]; readonly reply: () => UpstreamReply | undefined } {
  let reply: UpstreamReply | undefined;
  const onMessage = (message: RpcMessage): boolean => {
    if (message.kind === "notification") {
      if (message.method === "notifications/progress") handlers.onProgress?.(message.params);
      return false;
    }
    if (message.kind === "request") {
      // An upstream that is left without an answer would wait for it, and our caller with it.
      handlers.onRequest(message);
      return false;
    }
    if (message.id !== id) return false;
    const isResult = message.kind === "result";
    reply = isResult ? { kind: "result", result: message.result } : { kind: "error", error: message.error };
    return true;
  };
  return { onMessage, reply: () => reply };
}

/** Makes a speaker. Trust: what is answered is a stranger's, bounded in size and number. */
export function createSpeaker(peer: HttpPeer, context: SpeakerContext): Speaker {
  const { limits } = context;
  const credentials = createCredentials(peer, context);
  let answering = 0;
  const tell: Speaker["tell"] = async (conversation, message, onBehalf) => {
    const bytes = canonicalBytes(message);
    const method = typeof message["method"] === "string" ? message["method"] : "";
    const renew = () => headersOf(conversation, { id: 0, method, bytes }, "POST", onBehalf);
    const headers = await renew();
    if (headers === undefined) return;
    await peer.exchange({
      method: "POST",
      headers,
      renew,
      body: bytes,
      limits: { timeoutMs: limits.startMs, messageBytes: limits.messageBytes, messages: 1 },
      onMessage: () => true,
    });
  };
  const headersOf = async (
    conversation: Conversation,
    prepared: Prepared,
    method: HttpMethod,
    onBehalf?: OnBehalf,
  ): Promise<Record<string, string> | undefined> => {
    const own = await credentials(prepared.bytes, onBehalf, method);
    return own === undefined ? undefined : { ...transportHeaders(conversation, prepared), ...own };
  };

  const answer: Speaker["answer"] = (conversation, { id, method }, onBehalf) => {
    if (answering >= maxAnswering) return;
    answering += 1;
    void tell(conversation, answerRequest(id, method), onBehalf).finally(() => {
      answering -= 1;
    });
  };

  return {
    tell,
    answer,
    headers: headersOf,
    async post(conversation, prepared, { onBehalf, timeoutMs, signal, mirrored, onProgress }) {
      const renew = async () => {
        const own = await headersOf(conversation, prepared, "POST", onBehalf);
        return own === undefined ? undefined : { ...mirrored, ...own };
      };
      const headers = await renew();
      if (headers === undefined) return down;
      const wanted = waitForReply(prepared.id, {
        onRequest: (request) => answer(conversation, request, onBehalf),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const startedAtMs = performance.now();
      const exchange: HttpExchange = {
        method: "POST",
        headers,
        renew,
        body: prepared.bytes,
        limits: { timeoutMs, messageBytes: limits.messageBytes, messages: limits.strayMessages },
        ...(signal === undefined ? {} : { signal }),
        onMessage: wanted.onMessage,
      };
      const first = await peer.exchange(exchange);
      keepSession(conversation, first);
      // In the modern era there is nothing but POST.
      if (conversation.facts?.era === "modern") return wanted.reply() ?? replyOf(first);
      const end = await resumeStream(first, {
        peer,
        exchange,
        startedAtMs,
        headers: () => headersOf(conversation, { id: 0, method: "", bytes: noBody }, "GET", onBehalf),
      });
      return wanted.reply() ?? replyOf(end);
    },
  };
}
