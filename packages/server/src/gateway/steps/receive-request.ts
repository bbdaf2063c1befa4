import { isNarrowgateError, type JsonValue, parseStrictJson } from "@narrowgate/kernel";
import { readBody } from "../http/read-body.ts";
import type { RequestHeaders } from "../http/read-headers.ts";
import type { GatewayLimits } from "../limits.ts";
import { checkMirrored, checkModernHeaders, claimsModern } from "../mcp/check-headers.ts";
import type { RpcNotification, RpcRequest } from "../mcp/json-rpc.ts";
import { readMessage } from "../mcp/json-rpc.ts";
import { earlierVersions, supportedVersions } from "../mcp/protocol.ts";
import type { GatewayDeps } from "../ports.ts";
import { type Refusal, refuse, toErrorCode } from "../refusal.ts";
import type { Exchange, Outcome, Received } from "../stages.ts";

/** Headers of which two would mean that somebody is being lied to. */
const single = [
  "accept",
  "authorization",
  "content-encoding",
  "content-length",
  "content-type",
  "dpop",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
  "origin",
];

/** Checks what can be checked before the body is read. Also for requests without one. */
export function checkDoor(headers: RequestHeaders, allowedOrigins: readonly string[]): Refusal | undefined {
  const repeated = single.find((name) => headers.repeated.has(name));
  if (repeated === "dpop") {
    return refuse("invalid_dpop_proof", { sentence: "Send exactly one DPoP header." });
  }
  if (repeated !== undefined)
    return refuse("invalid_request", { sentence: `The header ${repeated} was sent twice.` });
  const origin = headers.get("origin");
  return origin !== undefined && !allowedOrigins.includes(origin) ? refuse("origin_refused") : undefined;
}

function checkMedia(headers: RequestHeaders): Refusal | undefined {
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;\s*charset=utf-8\s*)?$/i.test(type)) {
    return refuse("invalid_request", { status: 415, sentence: "Send Content-Type: application/json." });
  }
  if (headers.get("content-encoding") !== undefined) {
    return refuse("invalid_request", { status: 415, sentence: "Send the body without content coding." });
  }
  const accept = (headers.get("accept") ?? "").toLowerCase();
  const takes = (media: string): boolean => accept.includes(media) || accept.includes("*/*");
  return takes("application/json") && takes("text/event-stream")
    ? undefined
    : refuse("invalid_request", {
        status: 406,
        sentence: "Accept both application/json and text/event-stream.",
      });
}

function parseBody(bytes: Uint8Array, limits: GatewayLimits): { readonly value: JsonValue } | Refusal {
  try {
    const value = parseStrictJson(bytes, {
      maxBytes: limits.bodyBytes,
      maxDepth: limits.bodyDepth,
      maxKeys: limits.bodyMembers,
    });
    return { value };
  } catch (e) {
    if (isNarrowgateError(e)) return refuse(toErrorCode(e.code), { sentence: e.publicMessage });
    throw e;
  }
}

function readOne(value: JsonValue): RpcRequest | RpcNotification | Refusal {
  if (Array.isArray(value))
    return refuse("invalid_request", { sentence: "Send one message; batches are not taken." });
  const message = readMessage(value);
  if (message === undefined)
    return refuse("invalid_request", { sentence: "The body is not a JSON-RPC 2.0 message." });
  if (message.kind === "request" || message.kind === "notification") return message;
  return refuse("invalid_request", { sentence: "The gate has asked nothing, so it takes no answers." });
}

/** The earlier era asks for no headers that mirror the body; one that is there and says otherwise is a lie to somebody. */
function checkEarlier(headers: RequestHeaders, message: RpcRequest | RpcNotification): Refusal | undefined {
  const version = headers.get("mcp-protocol-version");
  if (version === undefined || earlierVersions.includes(version)) {
    return checkMirrored(headers, message, "where present");
  }
  return refuse("protocol_version_unsupported", {
    data: { requested: version, supported: supportedVersions },
  });
}

/** Learns what the message says of itself, and checks that its headers agree. */
function admit(
  exchange: Exchange,
  message: RpcRequest | RpcNotification,
  body: Uint8Array,
): Received | Refusal {
  const { headers, known } = exchange;
  const era = claimsModern(headers, message.params) ? "modern" : "earlier";
  known.era = era;
  known.method = message.method;
  const name = message.params["name"] ?? message.params["uri"];
  if (typeof name === "string") known.name = name;
  if (message.kind === "request") known.id = message.id;
  if (message.params["_meta"] !== undefined) known.meta = message.params["_meta"];
  const wrong = era === "modern" ? checkModernHeaders(headers, message) : checkEarlier(headers, message);
  if (wrong !== undefined) return wrong;
  const sessionId = era === "modern" ? undefined : headers.get("mcp-session-id");
  return { exchange, message, era, body, sessionId };
}

/**
 * Reads one strict JSON-RPC message and checks that its headers agree with it.
 * Trust: nothing is known of the caller; every bound of size, depth and time is applied here.
 */
export function receiveRequest(deps: GatewayDeps): (exchange: Exchange) => Promise<Outcome<Received>> {
  const { limits, allowedOrigins } = deps;
  return async (exchange) => {
    const { headers, req } = exchange;
    const fault = checkDoor(headers, allowedOrigins) ?? checkMedia(headers);
    if (fault !== undefined) return fault;
    const body = await readBody(req, limits.bodyBytes, limits.receiveMs);
    if (body.kind === "refusal") return body;
    const parsed = parseBody(body.bytes, limits);
    if ("kind" in parsed) return parsed;
    const message = readOne(parsed.value);
    return message.kind === "refusal" ? message : admit(exchange, message, body.bytes);
  };
}
