import type { ErrorCode, ServerRecord } from "@narrowgate/contracts";
import { canonicalBytes, type JsonObject } from "@narrowgate/kernel";
import type { GatewayLimits } from "../../limits.ts";
import { encodeHeaderValue } from "../../mcp/header-value.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import { modernVersion } from "../../mcp/protocol.ts";
import type { GatewayReports, UpstreamTokens } from "../../ports.ts";
import { prepareRequest } from "../prepare-request.ts";
import { discoverFirst } from "../shake-hands.ts";
import type { OnBehalf, Prepared, SendOptions, Upstream, UpstreamEvent, UpstreamFacts, UpstreamReply } from "../upstream.ts";
import { watchChanges } from "./watch-changes.ts";
import { type HttpEnd, openPeer } from "./post-message.ts";

/** What an upstream over HTTP needs. */
export interface HttpUpstreamContext {
  readonly server: ServerRecord;
  readonly upstream: Extract<ServerRecord["upstream"], { transport: "http" }>;
  readonly limits: GatewayLimits;
  readonly reports: GatewayReports;
  readonly upstreamTokens?: UpstreamTokens;
}

type Failed = { readonly kind: "failed"; readonly code: ErrorCode };
const down: Failed = { kind: "failed", code: "upstream_unavailable" };
const noBody = new Uint8Array();

/** One conversation: in the earlier era a session, in the modern one nothing but what the upstream is. */
interface Conversation {
  facts?: UpstreamFacts;
  sessionId?: string;
}

const maxConversations = 1024;

/** What a request that carries a name repeats in a header. */
function nameOf(bytes: Uint8Array): string | undefined {
  const message: JsonObject = JSON.parse(Buffer.from(bytes).toString("utf8"));
  const params = isObject(message["params"]) ? message["params"] : {};
  const name = params["name"] ?? params["uri"];
  return typeof name === "string" ? name : undefined;
}

function replyOf(end: HttpEnd, answer: UpstreamReply | undefined): UpstreamReply {
  if (answer !== undefined) return answer;
  switch (end.kind) {
    case "timeout":
      return { kind: "failed", code: "upstream_timeout" };
    case "aborted":
      return { kind: "cancelled" };
    case "malformed":
      return { kind: "failed", code: "upstream_malformed" };
    case "ended":
      return { kind: "failed", code: end.status >= 200 && end.status < 300 ? "upstream_malformed" : "upstream_unavailable" };
    default:
      return down;
  }
}

/**
 * One server over Streamable HTTP, of either era. Without authentication all callers share one conversation; with
 * exchanged tokens each caller has its own, because the upstream knows them apart.
 */
export function createHttpUpstream(context: HttpUpstreamContext): Upstream {
  const { upstream, limits, server, upstreamTokens } = context;
  const peer = openPeer(upstream.url);
  const listeners = new Set<(event: UpstreamEvent) => void>();
  const conversations = new Map<string, Conversation>();
  const closing = new AbortController();
  let opening: Promise<UpstreamFacts | Failed> | undefined;
  let lastId = 0;

  const keyOf = (onBehalf: OnBehalf | undefined): string =>
    upstream.auth === "none" || onBehalf === undefined ? "" : `${onBehalf.claims.sub}\n${onBehalf.claims.cnf.jkt}`;
  const conversationOf = (onBehalf: OnBehalf | undefined): Conversation => {
    const key = keyOf(onBehalf);
    const known = conversations.get(key) ?? {};
    if (conversations.size >= maxConversations && key !== "") conversations.delete([...conversations.keys()][1] ?? "");
    conversations.set(key, known);
    return known;
  };
  const credentials = async (body: Uint8Array, onBehalf: OnBehalf | undefined): Promise<Readonly<Record<string, string>> | undefined> => {
    if (upstream.auth === "none") return {};
    const subject = onBehalf === undefined ? {} : { subjectToken: onBehalf.token };
    return upstreamTokens?.headers({ server, url: upstream.url, body, ...subject });
  };
  const headersFor = ({ facts, sessionId }: Conversation, prepared: Prepared): Record<string, string> => {
    const version = facts?.protocolVersion ?? (prepared.method === "server/discover" ? modernVersion : undefined);
    const isModern = version === modernVersion;
    const name = isModern ? nameOf(prepared.bytes) : undefined;
    return {
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      ...(version === undefined ? {} : { "MCP-Protocol-Version": version }),
      ...(isModern ? { "Mcp-Method": prepared.method } : {}),
      ...(name === undefined ? {} : { "Mcp-Name": encodeHeaderValue(name) }),
      ...(sessionId === undefined ? {} : { "Mcp-Session-Id": sessionId }),
    };
  };

  const post = async (conversation: Conversation, prepared: Prepared, options: SendOptions): Promise<UpstreamReply> => {
    const own = await credentials(prepared.bytes, options.onBehalf).catch(() => undefined);
    if (own === undefined) return down;
    let answer: UpstreamReply | undefined;
    const end = await peer.exchange({
      method: "POST",
      headers: { ...headersFor(conversation, prepared), ...options.mirrored, ...own },
      body: prepared.bytes,
      limits: { timeoutMs: options.timeoutMs, messageBytes: limits.messageBytes, messages: limits.strayMessages },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onMessage(message) {
        if (message.kind === "notification" && message.method === "notifications/progress") options.onProgress?.(message.params);
        if ((message.kind !== "result" && message.kind !== "error") || message.id !== prepared.id) return false;
        answer = message.kind === "result" ? { kind: "result", result: message.result } : { kind: "error", error: message.error };
        return true;
      },
    });
    if ("sessionId" in end && end.sessionId !== undefined) conversation.sessionId = end.sessionId;
    // The session is over: the next request opens a new one.
    if ("status" in end && end.status === 404 && conversation.sessionId !== undefined) conversations.delete(keyOf(options.onBehalf));
    return replyOf(end, answer);
  };
  const notify = async (conversation: Conversation, method: string, params: JsonObject, onBehalf?: OnBehalf): Promise<void> => {
    const bytes = canonicalBytes({ jsonrpc: "2.0", method, params });
    const own = await credentials(bytes, onBehalf).catch(() => undefined);
    if (own === undefined) return;
    const headers = { ...headersFor(conversation, { id: 0, method, bytes }), ...own };
    const bounds = { timeoutMs: limits.startMs, messageBytes: limits.messageBytes, messages: 1 };
    await peer.exchange({ method: "POST", headers, body: bytes, limits: bounds, onMessage: () => true });
  };

  const open = async (onBehalf: OnBehalf | undefined): Promise<UpstreamFacts | Failed> => {
    const conversation = conversationOf(onBehalf);
    if (conversation.facts !== undefined) return conversation.facts;
    const behalf = onBehalf === undefined ? {} : { onBehalf };
    const facts = await discoverFirst({
      ask: (method, params) =>
        post(conversation, prepareRequest(++lastId, method, params, false), { timeoutMs: limits.startMs, ...behalf }),
      notify: (method, params) => notify(conversation, method, params, onBehalf),
      agreed: (agreed) => {
        conversation.facts = agreed;
      },
    });
    return facts ?? down;
  };
  const ready = (): Promise<UpstreamFacts | Failed> => {
    opening ??= open(undefined).finally(() => {
      opening = undefined;
    });
    return opening;
  };
  const emit = (event: UpstreamEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  watchChanges({ peer, ready, emit, limits, signal: closing.signal, headers: async (prepared) => {
    const own = await credentials(prepared.bytes, undefined).catch(() => undefined);
    return own === undefined ? undefined : { ...headersFor(conversationOf(undefined), prepared), ...own };
  }});

  return {
    ready,
    prepare: (method, params, wantsProgress) => prepareRequest(++lastId, method, params, wantsProgress),
    async send(prepared, options) {
      const facts = await open(options.onBehalf);
      if ("kind" in facts) return facts;
      const conversation = conversationOf(options.onBehalf);
      const reply = await post(conversation, prepared, options);
      const isOver = reply.kind === "cancelled" || (reply.kind === "failed" && reply.code === "upstream_timeout");
      // In the earlier era the end of the connection says nothing; the call is cancelled in words.
      if (isOver && facts.era === "earlier") {
        await notify(conversation, "notifications/cancelled", { requestId: prepared.id }, options.onBehalf);
      }
      return reply;
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort();
      const { sessionId } = conversations.get("") ?? {};
      if (sessionId !== undefined) {
        const bounds = { timeoutMs: 1_000, messageBytes: 1_024, messages: 1 };
        await peer.exchange({ method: "DELETE", headers: { "Mcp-Session-Id": sessionId }, body: noBody, limits: bounds, onMessage: () => true });
      }
      peer.close();
    },
  };
}
