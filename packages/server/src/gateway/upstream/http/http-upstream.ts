import { prepareRequest } from "../prepare-request.ts";
import { discoverFirst } from "../shake-hands.ts";
import type { OnBehalf, Upstream, UpstreamEvent, UpstreamReply } from "../upstream.ts";
import { type HttpPeer, openPeer } from "./post-message.ts";
import {
  type Conversation,
  createSpeaker,
  type Readiness,
  type Speaker,
  type SpeakerContext,
} from "./speak.ts";
import { watchChanges } from "./watch-changes.ts";

const maxConversations = 1024;
const noBody = new Uint8Array();

/** The conversations with one address: one, or one per caller where the upstream knows callers apart. */
interface Conversations {
  of(onBehalf: OnBehalf | undefined): Conversation;
}

function createConversations(isShared: boolean): Conversations {
  const known = new Map<string, Conversation>();
  return {
    of(onBehalf) {
      const isOwn = isShared || onBehalf === undefined;
      const key = isOwn ? "" : `${onBehalf.claims.sub}\n${onBehalf.claims.cnf.jkt}`;
      const found = known.get(key) ?? {};
      // The first is the gate's own and stays.
      if (known.size >= maxConversations && !known.has(key)) known.delete([...known.keys()][1] ?? "");
      known.set(key, found);
      return found;
    },
  };
}

async function shake(
  speaker: Speaker,
  conversation: Conversation,
  nextId: () => number,
  options: { readonly timeoutMs: number; readonly onBehalf?: OnBehalf },
): Promise<Readiness> {
  const facts = await discoverFirst({
    ask: (method, params) =>
      speaker.post(conversation, prepareRequest(nextId(), method, params, false), options),
    notify: (method, params) =>
      speaker.tell(conversation, { jsonrpc: "2.0", method, params }, options.onBehalf),
    agreed: (agreed) => {
      conversation.facts = agreed;
    },
  });
  return facts ?? { kind: "failed", code: "upstream_unavailable" };
}

/** Opens a conversation unless it is open, once for all calls that wait for it. */
function open(...[speaker, conversation, ...rest]: Parameters<typeof shake>): Promise<Readiness> {
  if (conversation.facts !== undefined) return Promise.resolve(conversation.facts);
  conversation.opening ??= shake(speaker, conversation, ...rest).finally(() => {
    delete conversation.opening;
  });
  return conversation.opening;
}

/** Tells an upstream of the earlier era that the gate's session is over. */
async function leave(peer: HttpPeer, speaker: Speaker, conversation: Conversation): Promise<void> {
  if (conversation.sessionId === undefined) return;
  const headers = await speaker.headers(conversation, { id: 0, method: "", bytes: noBody }, "DELETE");
  if (headers === undefined) return;
  await peer.exchange({
    method: "DELETE",
    headers,
    body: noBody,
    limits: { timeoutMs: 1_000, messageBytes: 1_024, messages: 1 },
    onMessage: () => true,
  });
}

function isGivenUp(reply: UpstreamReply): boolean {
  return reply.kind === "cancelled" || (reply.kind === "failed" && reply.code === "upstream_timeout");
}

/**
 * One server over Streamable HTTP, of either era. Without authentication all callers share one conversation; with
 * exchanged tokens each caller has its own, because the upstream knows them apart.
 */
export function createHttpUpstream(context: SpeakerContext): Upstream {
  const { upstream, limits } = context;
  const peer = openPeer(upstream.url);
  const speaker = createSpeaker(peer, context);
  const conversations = createConversations(upstream.auth === "none");
  const listeners = new Set<(event: UpstreamEvent) => void>();
  const closing = new AbortController();
  let lastId = 0;
  const nextId = (): number => ++lastId;
  const timeoutMs = limits.startMs;

  const ready = (): Promise<Readiness> => open(speaker, conversations.of(undefined), nextId, { timeoutMs });
  watchChanges({
    peer,
    ready,
    limits,
    signal: closing.signal,
    headers: (prepared, method) => speaker.headers(conversations.of(undefined), prepared, method),
    answer: (asked) => speaker.answer(conversations.of(undefined), asked),
    emit: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
  });

  return {
    ready,
    prepare: (method, params, wantsProgress) => prepareRequest(nextId(), method, params, wantsProgress),
    async send(prepared, options) {
      const { onBehalf } = options;
      const conversation = conversations.of(onBehalf);
      // In the modern era nothing has to be opened: what the gate knows of the upstream holds for every caller.
      const { facts: known } = conversations.of(undefined);
      if (known?.era === "modern") conversation.facts = known;
      const behalf = onBehalf === undefined ? {} : { onBehalf };
      const facts = await open(speaker, conversation, nextId, { timeoutMs, ...behalf });
      if ("kind" in facts) return facts;
      const reply = await speaker.post(conversation, prepared, options);
      // In the earlier era the end of the connection says nothing; the call is cancelled in words.
      if (isGivenUp(reply) && facts.era === "earlier") {
        const params = { requestId: prepared.id };
        await speaker.tell(
          conversation,
          { jsonrpc: "2.0", method: "notifications/cancelled", params },
          onBehalf,
        );
      }
      return reply;
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort();
      await leave(peer, speaker, conversations.of(undefined));
      peer.close();
    },
  };
}
