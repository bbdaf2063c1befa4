import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { RequestHeaders } from "../http/read-headers.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { decodeHeaderValue, encodeHeaderValue } from "./header-value.ts";
import type { RpcNotification, RpcRequest } from "./json-rpc.ts";
import { isObject } from "./json-rpc.ts";
import { metaClientCapabilities, metaProtocolVersion, modernVersion, supportedVersions } from "./protocol.ts";

/** Where the name of an operation stands, by method. */
const nameMembers: ReadonlyMap<string, "name" | "uri"> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

function mismatch(header: string): Refusal {
  return refuse("header_mismatch", {
    sentence: `The header ${header} is missing or does not agree with the body.`,
  });
}

function unsupported(requested: string): Refusal {
  return refuse("protocol_version_unsupported", {
    data: { requested: requested.slice(0, 64), supported: supportedVersions },
  });
}

/** `_meta` of a message. */
export function metaOf(params: JsonObject): JsonObject {
  return isObject(params["_meta"]) ? params["_meta"] : {};
}

/** Tells whether a request means to be of the modern era: its header says so, or its `_meta`. */
export function claimsModern(headers: RequestHeaders, params: JsonObject): boolean {
  const version = headers.get("mcp-protocol-version");
  if (metaProtocolVersion in metaOf(params)) return true;
  return version !== undefined && (version === modernVersion || !supportedVersions.includes(version));
}

function checkMeta(headers: RequestHeaders, meta: JsonObject): Refusal | undefined {
  const version = meta[metaProtocolVersion];
  const header = headers.get("mcp-protocol-version");
  if (version === undefined && header !== undefined && header !== modernVersion) return unsupported(header);
  if (typeof version !== "string") {
    return refuse("malformed_input", {
      status: 400,
      sentence: `The request lacks _meta "${metaProtocolVersion}".`,
    });
  }
  if (header !== version) return mismatch("MCP-Protocol-Version");
  if (version !== modernVersion) return unsupported(version);
  if (!isObject(meta[metaClientCapabilities])) {
    return refuse("malformed_input", {
      status: 400,
      sentence: `The request lacks _meta "${metaClientCapabilities}".`,
    });
  }
  return undefined;
}

/**
 * Checks a modern request: its `_meta`, and that each header that mirrors the body says the same.
 * Trust: both are the client's; another party on the way may have believed either.
 * @see MCP 2026-07-28, Streamable HTTP, server validation
 */
export function checkModernHeaders(
  headers: RequestHeaders,
  message: RpcRequest | RpcNotification,
): Refusal | undefined {
  // Notifications carry no metadata in this revision.
  if (message.kind === "notification") return undefined;
  const fault = checkMeta(headers, metaOf(message.params));
  if (fault !== undefined) return fault;
  return checkMirrored(headers, message, "required");
}

/** Checks the headers that repeat method and name, either both there or where they are. */
export function checkMirrored(
  headers: RequestHeaders,
  { method, params }: RpcRequest | RpcNotification,
  when: "required" | "where present",
): Refusal | undefined {
  const mayMiss = when === "where present";
  const sentMethod = headers.get("mcp-method");
  if (sentMethod === undefined ? !mayMiss : sentMethod !== method) return mismatch("Mcp-Method");
  const member = nameMembers.get(method);
  const name = headers.get("mcp-name");
  if (member === undefined || (name === undefined && mayMiss)) return undefined;
  if (name === undefined || decodeHeaderValue(name) !== params[member]) return mismatch("Mcp-Name");
  return undefined;
}

// As JSON writes numbers: `0x10` and ` 16` are read differently by others.
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function agrees(header: string, value: JsonValue): boolean {
  const text = decodeHeaderValue(header);
  if (text === undefined) return false;
  if (typeof value === "number") return jsonNumber.test(text) && Number(text) === value;
  return text === (typeof value === "boolean" ? String(value) : value);
}

/** Walks `properties` alone, as the annotation is defined; anything else is not an annotation. */
function* annotated(
  schema: JsonObject,
  args: JsonObject,
): Generator<readonly [string, JsonValue | undefined]> {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property)) continue;
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    const header = property["x-mcp-header"];
    if (typeof header === "string") yield [header, value];
    else yield* annotated(property, isObject(value) ? value : {});
  }
}

/**
 * Checks the headers that mirror arguments, for the annotations of the approved schema.
 * Headers no annotation names are left alone, as the transport asks.
 */
export function checkParamHeaders(
  headers: RequestHeaders,
  definition: JsonObject,
  args: JsonObject,
): Refusal | undefined {
  const schema = isObject(definition["inputSchema"]) ? definition["inputSchema"] : {};
  for (const [name, value] of annotated(schema, args)) {
    const lower = `mcp-param-${name.toLowerCase()}`;
    const header = headers.get(lower);
    if (headers.repeated.has(lower)) return mismatch(`Mcp-Param-${name}`);
    const expected = value !== undefined && value !== null;
    if (expected !== (header !== undefined)) return mismatch(`Mcp-Param-${name}`);
    if (expected && header !== undefined && !agrees(header, value)) return mismatch(`Mcp-Param-${name}`);
  }
  return undefined;
}

/** The headers of a modern request that mirror its arguments. Trust: `definition` is the approved one. */
export function mirrorArguments(definition: JsonObject, args: JsonObject): Record<string, string> {
  const schema = isObject(definition["inputSchema"]) ? definition["inputSchema"] : {};
  const headers: Record<string, string> = {};
  for (const [name, value] of annotated(schema, args)) {
    const isToken = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(name);
    const isScalar = typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value);
    if (isToken && isScalar) headers[`Mcp-Param-${name}`] = encodeHeaderValue(String(value));
  }
  return headers;
}
