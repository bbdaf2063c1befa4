import { type Clock, canonicalBytes, type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import type { GatewayLimits } from "../../limits.ts";
import { type RpcMessage, readMessage } from "../../mcp/json-rpc.ts";
import { answerRequest } from "../answer-request.ts";
import { createPendingCalls } from "../pending-calls.ts";
import {
  listChanges,
  type Prepared,
  type SendOptions,
  type UpstreamEvent,
  type UpstreamReply,
} from "../upstream.ts";
import type { Child } from "./child-process.ts";

/** One life of a child server, as a JSON-RPC peer. */
export interface Connection {
  send(prepared: Prepared, options: SendOptions): Promise<UpstreamReply>;
  notify(method: string, params: JsonObject): void;
  onLine(line: Uint8Array): void;
  /** Settles what waits; the child is gone. */
  ended(): void;
}

/** What a connection needs around it. */
export interface ConnectionContext {
  readonly child: () => Child | undefined;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly onEvent: (event: UpstreamEvent) => void;
  /** The child broke the protocol or hangs, and must go. */
  readonly condemn: (why: string) => void;
}

const openBrace = 123;
const openBracket = 91;

/** Counts what answers nothing, per second; true when it is too much. */
function createFloodGate({ clock, limits }: ConnectionContext): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(clock.nowMs() / 1000);
    if (now !== second) {
      second = now;
      count = 0;
    }
    count += 1;
    return count > limits.strayMessages;
  };
}

function parseLine(line: Uint8Array, limits: GatewayLimits): RpcMessage | undefined {
  try {
    // Members are bounded by the bytes alone: a large answer is no broken one.
    const { messageBytes } = limits;
    return readMessage(parseStrictJson(line, { maxBytes: messageBytes, maxKeys: messageBytes }));
  } catch {
    return undefined;
  }
}

/** The id of a line that is JSON, but not such as the gate takes (two members of one name, a number no double holds). */
function idOfBroken(line: Uint8Array): number | undefined {
  try {
    const { id } = Object(JSON.parse(Buffer.from(line).toString("utf8")));
    return typeof id === "number" ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the JSON-RPC side of a child that is about to run. */
export function createConnection(context: ConnectionContext): Connection {
  const { limits, clock } = context;
  const pending = createPendingCalls();
  const floods = createFloodGate(context);
  let heardAt = 0;

  const write = (message: JsonObject): void => {
    context.child()?.write(canonicalBytes(message));
  };
  const stray = (): void => {
    if (floods()) context.condemn("it floods");
  };
  const answerUpstream = (id: string | number, method: string): void => {
    stray();
    write(answerRequest(id, method));
  };
  const onNotification = (method: string, params: JsonObject): void => {
    const list = listChanges.get(method);
    if (list !== undefined) context.onEvent({ kind: "list_changed", list });
    // Progress of a call in flight is wanted; everything else that is unasked for counts as stray.
    if (method !== "notifications/progress" || !pending.progress(params)) stray();
  };
  const onGivenUp = (prepared: Prepared, sentAt: number, why: "timeout" | "cancelled"): void => {
    if (why === "timeout" && heardAt < sentAt) {
      context.condemn("it hangs");
      return;
    }
    write({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: prepared.id, reason: why },
    });
  };

  const onBroken = (line: Uint8Array): void => {
    // What a tool returns is often not the server's own choice: only the call it answers suffers.
    const id = idOfBroken(line);
    if (id !== undefined && pending.answerBroken(id)) {
      stray();
      return;
    }
    // A stray print is dropped; something that tries to be a message and is none says the child is broken.
    if (line[0] !== openBrace && line[0] !== openBracket) {
      stray();
      return;
    }
    pending.failAll({ kind: "failed", code: "upstream_malformed" });
    context.condemn("it sent a malformed message");
  };
  const onMessage = (message: RpcMessage): void => {
    if (message.kind === "request") answerUpstream(message.id, message.method);
    else if (message.kind === "notification") onNotification(message.method, message.params);
    else if (!pending.answer(message)) stray();
  };

  return {
    send(prepared, options) {
      if (options.signal?.aborted === true) return Promise.resolve({ kind: "cancelled" });
      if (pending.size() >= limits.pendingCalls)
        return Promise.resolve({ kind: "failed", code: "overloaded" });
      const sentAt = clock.nowMs();
      const reply = pending.add(prepared.id, options, (why) => onGivenUp(prepared, sentAt, why));
      if (context.child()?.write(prepared.bytes) !== true) {
        pending.failAll({ kind: "failed", code: "upstream_unavailable" });
        context.condemn("it does not read");
      }
      return reply;
    },
    notify: (method, params) => write({ jsonrpc: "2.0", method, params }),
    onLine(line) {
      if (line.length === 0) return;
      heardAt = clock.nowMs();
      const message = parseLine(line, limits);
      if (message === undefined) onBroken(line);
      else onMessage(message);
    },
    ended: () => pending.failAll({ kind: "failed", code: "upstream_unavailable" }),
  };
}
