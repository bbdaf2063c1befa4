import type { FetchLike } from "@narrowgate/agent";
import { ERROR_CATALOGUE, isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, type JsonValue, parseStrictJson } from "@narrowgate/kernel";
import { readEvents } from "./event-stream.ts";

const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const VERSION_META = "io.modelcontextprotocol/protocolVersion";

/** Carries one client's messages to the gate, in whichever era the client speaks, and the answers back. */
export interface McpRelay {
  /** Sends one message; each message that comes back is given to `deliver`, as one line of JSON. Never throws. */
  send(line: string): Promise<void>;
  close(): Promise<void>;
}

interface Sent {
  readonly id: JsonValue | undefined;
  readonly method: string | undefined;
  readonly params: JsonObject;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function read(line: string): Sent {
  const message = asObject(parseStrictJson(line, { maxBytes: MAX_MESSAGE_BYTES }));
  const { id, method, params } = message;
  return { id, method: typeof method === "string" ? method : undefined, params: asObject(params) };
}

/** Header values may hold visible ASCII only; others travel in the encoded form the protocol gives. */
function headerValue(value: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith("=?");
  return plain ? value : `=?base64?${Buffer.from(value, "utf8").toString("base64")}?=`;
}

/** Headers of the stateless era, which repeat what the body says. */
function modernHeaders({ method, params }: Sent, version: string): Record<string, string> {
  const name = typeof params.name === "string" ? params.name : params.uri;
  return {
    "mcp-protocol-version": version,
    ...(method === undefined ? {} : { "mcp-method": method }),
    ...(typeof name === "string" ? { "mcp-name": headerValue(name) } : {}),
  };
}

function errorLine(id: JsonValue, error: unknown): string {
  const code = isNarrowgateError(error) && isErrorCode(error.code) ? error.code : "internal_error";
  const message = isNarrowgateError(error) ? error.publicMessage : ERROR_CATALOGUE[code].sentence;
  return JSON.stringify({
    jsonrpc: "2.0",
    id,
    error: { code: ERROR_CATALOGUE[code].jsonrpc, message, data: { code } },
  });
}

/**
 * @param send - `fetch` of an agent session for this server: it adds token, proof and body digest
 * @param deliver - takes one line of JSON for the client
 */
export function createMcpRelay(url: string, send: FetchLike, deliver: (line: string) => void): McpRelay {
  let session: string | undefined;
  let version: string | undefined;
  const ended = new AbortController();

  const legacyHeaders = (): Record<string, string> => ({
    ...(session === undefined ? {} : { "mcp-session-id": session }),
    ...(version === undefined ? {} : { "mcp-protocol-version": version }),
  });
  const deliverAll = async (response: Response): Promise<void> => {
    const type = response.headers.get("content-type") ?? "";
    if (response.body !== null && type.includes("text/event-stream"))
      for await (const data of readEvents(response.body)) deliver(data);
    else if (type.includes("json")) deliver((await response.text()).replaceAll("\n", " "));
    else await response.body?.cancel();
  };
  const listen = async (): Promise<void> => {
    const headers = { accept: "text/event-stream", ...legacyHeaders() };
    const response = await send(url, { method: "GET", headers, signal: ended.signal });
    if (response.ok) await deliverAll(response);
    else await response.body?.cancel();
  };
  const learn = (sent: Sent, response: Response): void => {
    if (sent.method !== "initialize") return;
    session = response.headers.get("mcp-session-id") ?? session;
    const asked = sent.params.protocolVersion;
    if (typeof asked === "string") version = asked;
  };
  const post = async (line: string, sent: Sent): Promise<void> => {
    const stated = asObject(sent.params._meta)[VERSION_META];
    const era = typeof stated === "string" ? modernHeaders(sent, stated) : legacyHeaders();
    const response = await send(url, {
      method: "POST",
      headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...era },
      body: line,
      signal: ended.signal,
    });
    learn(sent, response);
    await deliverAll(response);
    // The stream for messages the server begins is optional: a refusal of it is no failure.
    if (sent.method === "notifications/initialized" && session !== undefined) listen().catch(() => undefined);
  };
  return {
    async send(line) {
      let sent: Sent | undefined;
      try {
        sent = read(line);
        await post(line, sent);
      } catch (error) {
        if (ended.signal.aborted) return;
        if (sent === undefined || (sent.id !== undefined && sent.method !== undefined))
          deliver(errorLine(sent?.id ?? null, error));
      }
    },
    async close() {
      ended.abort();
      if (session !== undefined)
        await send(url, { method: "DELETE", headers: legacyHeaders() })
          .then((r) => r.body?.cancel())
          .catch(() => undefined);
    },
  };
}
