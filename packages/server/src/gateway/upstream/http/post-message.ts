import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { urlToHttpOptions } from "node:url";
import { isNarrowgateError, type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import { type RpcMessage, readMessage } from "../../mcp/json-rpc.ts";
import { readEvents } from "./read-events.ts";

/** Bounds of one exchange. */
export interface ExchangeLimits {
  readonly timeoutMs: number;
  /** Of one message. */
  readonly messageBytes: number;
  /** Messages before the answer. */
  readonly messages: number;
}

/** Methods the gate uses towards an upstream. */
export type HttpMethod = "POST" | "GET" | "DELETE";

/** One HTTP exchange with an upstream. */
export interface HttpExchange {
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly limits: ExchangeLimits;
  readonly signal?: AbortSignal;
  /**
   * Headers for sending it once more, with the nonce that was asked for. Absent: it is sent once.
   * @see RFC 9449 section 9
   */
  readonly renew?: () => Promise<Readonly<Record<string, string>> | undefined>;
  /** Every JSON-RPC message of the answer; return true for the last one wanted. */
  readonly onMessage: (message: RpcMessage) => boolean;
}

/** What an answer says beside its messages. */
interface AnswerFacts {
  readonly status: number;
  /** Refused for want of the nonce it names: nothing was done. */
  readonly wantsNonce: boolean;
  readonly sessionId?: string;
  /** The last event of a stream that has ids, from which it can be taken up again. */
  lastEventId?: string;
  /** How long to wait before that, in milliseconds. */
  retryMs?: number;
}

/** How an exchange ended; `done` = the wanted message came. */
export type HttpEnd =
  | ({ readonly kind: "done" | "ended" } & Readonly<AnswerFacts>)
  | { readonly kind: "malformed" | "timeout" | "aborted" | "unreachable" };

/** A client of one address, with connections kept alive. No redirect is followed. */
export interface HttpPeer {
  /** The last nonce it asked proofs to carry. */
  nonce(): string | undefined;
  exchange(request: HttpExchange): Promise<HttpEnd>;
  close(): void;
}

const maxSockets = 64;
const unauthorized = 401;

function parse(text: string, messageBytes: number): RpcMessage | undefined {
  try {
    return readMessage(parseStrictJson(text, { maxBytes: messageBytes, maxKeys: messageBytes }));
  } catch (e) {
    if (isNarrowgateError(e)) return undefined;
    throw e;
  }
}

/** The nonce an answer names, when it is one (RFC 9449 section 8.1). */
function nonceOf({ headers }: IncomingMessage): string | undefined {
  const nonce = headers["dpop-nonce"];
  return typeof nonce === "string" && /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(nonce) ? nonce : undefined;
}

/** Reads an answer in either of its two forms; tells when it is over. */
function readAnswer(res: IncomingMessage, exchange: HttpExchange, end: (end: HttpEnd) => void): void {
  const { limits, onMessage } = exchange;
  const sessionId = res.headers["mcp-session-id"];
  const facts: AnswerFacts = {
    status: res.statusCode ?? 0,
    wantsNonce:
      res.statusCode === unauthorized &&
      nonceOf(res) !== undefined &&
      /\berror="?use_dpop_nonce\b/.test(res.headers["www-authenticate"] ?? ""),
    ...(typeof sessionId === "string" && /^[\x21-\x7e]{1,512}$/.test(sessionId) ? { sessionId } : {}),
  };
  let messages = 0;
  const take = (text: string): void => {
    messages += 1;
    const message = messages > limits.messages ? undefined : parse(text, limits.messageBytes);
    if (message === undefined) end({ kind: "malformed" });
    else if (onMessage(message)) end({ kind: "done", ...facts });
  };
  const type = res.headers["content-type"] ?? "";
  if (type.startsWith("text/event-stream")) {
    const events = readEvents(limits.messageBytes, ({ data, id, retryMs }) => {
      if (id !== undefined) facts.lastEventId = id;
      if (retryMs !== undefined) facts.retryMs = retryMs;
      if (data !== "") take(data);
    });
    res.on("data", (chunk: Buffer) => {
      if (!events.push(chunk)) end({ kind: "malformed" });
    });
    const ended = (): void => end({ kind: "ended", ...facts });
    res.once("end", ended);
    // A stream that breaks off is one that ended, where it said from where it goes on.
    res.once("error", () => facts.lastEventId !== undefined && ended());
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  res.on("data", (chunk: Buffer) => {
    length += chunk.length;
    chunks.push(chunk);
    if (length > limits.messageBytes) end({ kind: "malformed" });
  });
  res.once("end", () => {
    if (type.startsWith("application/json") && length > 0) take(Buffer.concat(chunks).toString("utf8"));
    end({ kind: "ended", ...facts });
  });
}

function run(
  open: (onResponse: (res: IncomingMessage) => void) => ClientRequest,
  exchange: HttpExchange,
): Promise<HttpEnd> {
  return new Promise((resolve) => {
    let settled = false;
    const end = (outcome: HttpEnd): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      exchange.signal?.removeEventListener("abort", abort);
      // A stream that goes on, or an answer that is not wanted, is closed; a finished one is kept for the next request.
      if (outcome.kind !== "ended" && !(answered?.complete ?? false)) req.destroy();
      resolve(outcome);
    };
    const abort = (): void => end({ kind: "aborted" });
    const timer = setTimeout(() => end({ kind: "timeout" }), exchange.limits.timeoutMs);
    let answered: IncomingMessage | undefined;
    const req = open((res) => {
      answered = res;
      readAnswer(res, exchange, end);
      res.once("error", () => end({ kind: "unreachable" }));
    });
    req.once("error", () => end({ kind: "unreachable" }));
    exchange.signal?.addEventListener("abort", abort);
    req.end(exchange.body);
  });
}

/** Opens a client of one address. Trust: an operator registered it; what it answers is a stranger's. */
export function openPeer(url: string): HttpPeer {
  const isTls = url.startsWith("https:");
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, maxSockets })
    : new HttpAgent({ keepAlive: true, maxSockets });
  const request = isTls ? httpsRequest : httpRequest;
  // Taken apart once: an address given as text is read anew for each request.
  const address = urlToHttpOptions(new URL(url));
  let nonce: string | undefined;
  const once = (exchange: HttpExchange): Promise<HttpEnd> => {
    if (exchange.signal?.aborted === true) return Promise.resolve({ kind: "aborted" });
    const { method, body } = exchange;
    const length = method === "POST" ? { "Content-Length": String(body.length) } : {};
    const headers = { ...exchange.headers, ...length };
    return run((onResponse) => {
      const learn = (res: IncomingMessage): void => {
        nonce = nonceOf(res) ?? nonce;
        onResponse(res);
      };
      return request({ ...address, agent, method, headers }, learn);
    }, exchange);
  };
  return {
    nonce: () => nonce,
    async exchange(exchange) {
      const end = await once(exchange);
      // INVARIANT: once more and never again: an upstream that always wants another nonce ends the call.
      if (!("wantsNonce" in end) || !end.wantsNonce) return end;
      const headers = await exchange.renew?.();
      return headers === undefined ? end : once({ ...exchange, headers });
    },
    close: () => agent.destroy(),
  };
}

/** Writes a message as bytes. */
export function messageBytes(message: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}
