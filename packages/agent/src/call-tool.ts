import { type ErrorCode, isErrorCode } from "@narrowgate/contracts";
import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  randomId,
} from "@narrowgate/kernel";
import type { AgentSession } from "./session.ts";

const PROTOCOL = "2026-07-28";
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** What a tool answered. */
export interface ToolAnswer {
  /** The text parts, joined by newlines. */
  readonly text: string;
  readonly result: JsonObject;
}

function asObject(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

/** The message in a JSON or event-stream answer that replies to `id`. */
function replyIn(text: string, contentType: string, id: string): JsonObject {
  const messages = contentType.includes("text/event-stream")
    ? text.split(/\r?\n\r?\n/).map((event) =>
        event
          .split(/\r?\n/)
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5).trim())
          .join("\n"),
      )
    : [text];
  for (const message of messages) {
    const value =
      message === "" ? undefined : asObject(parseStrictJson(message, { maxBytes: MAX_ANSWER_BYTES }));
    if (value?.id === id) return value;
  }
  throw new NarrowgateError("upstream_malformed", "the answer holds no reply to the request");
}

function codeOf(value: JsonValue | undefined): ErrorCode | undefined {
  return typeof value === "string" && isErrorCode(value) ? value : undefined;
}

function textOf(result: JsonObject): string {
  const content = Array.isArray(result.content) ? result.content : [];
  return content
    .map((part) => asObject(part)?.text)
    .filter((text) => typeof text === "string")
    .join("\n");
}

/** A denial of the gate, as the code and sentence it gave; a tool's own error keeps the tool's words. */
function denialOf(result: JsonObject): NarrowgateError {
  // TRUST: the gate alone writes the code in `_meta`; what a tool says of itself stands in the content.
  const said = asObject(result._meta) ?? {};
  return new NarrowgateError(
    codeOf(said.code) ?? "upstream_unavailable",
    textOf(result) || "the tool failed",
  );
}

/**
 * Calls one tool behind the gate, in the stateless protocol.
 * @param serverUrl - `<issuer>/mcp/<server>`
 * @throws NarrowgateError with the gate's code when the call is refused, or `upstream_unavailable` when the tool failed
 */
export async function callTool(
  session: AgentSession,
  serverUrl: string,
  name: string,
  args: JsonObject,
): Promise<ToolAnswer> {
  const id = randomId();
  const prefix = "io.modelcontextprotocol/";
  const meta = {
    [`${prefix}protocolVersion`]: PROTOCOL,
    [`${prefix}clientCapabilities`]: {},
    [`${prefix}clientInfo`]: { name: "narrowgate-agent", version: "0.1.0" },
  };
  const message = {
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: args, _meta: meta },
  };
  const response = await session.fetchFor(serverUrl)(serverUrl, {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-method": "tools/call",
      "mcp-name": name,
      "mcp-protocol-version": PROTOCOL,
    },
    body: canonicalJson(message),
  });
  const reply = await readReply(response, id);
  const result = asObject(reply.result);
  if (result === undefined) throw protocolError(reply);
  if (result.isError === true) throw denialOf(result);
  return { text: textOf(result), result };
}

async function readReply(response: Response, id: string): Promise<JsonObject> {
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "";
  if (!contentType.includes("json") && !contentType.includes("event-stream"))
    throw new NarrowgateError(
      response.status === 401 ? "invalid_token" : "upstream_unavailable",
      `the gate answered ${response.status}`,
    );
  const whole = contentType.includes("json")
    ? asObject(parseStrictJson(text, { maxBytes: MAX_ANSWER_BYTES }))
    : undefined;
  return whole !== undefined && !response.ok ? whole : replyIn(text, contentType, id);
}

function protocolError(reply: JsonObject): NarrowgateError {
  const error = asObject(reply.error) ?? reply;
  const code = codeOf(asObject(error.data)?.code) ?? codeOf(error.code) ?? "invalid_request";
  return new NarrowgateError(
    code,
    typeof error.message === "string" ? error.message : "the gate refused the request",
  );
}
