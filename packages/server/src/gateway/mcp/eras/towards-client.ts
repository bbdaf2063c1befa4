import type { JsonObject } from "@narrowgate/kernel";
import type { Era } from "../../upstream/upstream.ts";
import { isObject, type RpcError } from "../json-rpc.ts";

/** Methods whose results a modern client may cache. */
const cacheable = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/** How long a client may keep a filtered list, in milliseconds: short, because revocation does not wait for caches. */
const ttlMs = 5_000;

function asksOnlyFor(result: JsonObject, allowed: readonly string[]): boolean {
  const requests = isObject(result["inputRequests"]) ? Object.values(result["inputRequests"]) : [];
  return requests.every(
    (request) =>
      isObject(request) && typeof request["method"] === "string" && allowed.includes(request["method"]),
  );
}

/** How the gate words its own denials; in an upstream's mouth they would be a forgery. */
const ownWords = ["approval", "code", "entry", "policies", "sentence"];

function withoutOwnWords(value: JsonObject): JsonObject {
  if (!ownWords.some((word) => Object.hasOwn(value, word))) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !ownWords.includes(name)));
}

function withCleanMeta(result: JsonObject): JsonObject {
  const meta = result["_meta"];
  return isObject(meta) ? { ...result, _meta: withoutOwnWords(meta) } : result;
}

/**
 * Puts a result of an upstream into the era of the client.
 * Trust: the upstream wrote it.
 * @param allowed - requests the server's registration lets it make
 * @returns a code for a result the client must not get: one that asks for input the server may not ask for
 * (`method_refused`) or this client cannot give (`capability_missing`), or a task
 */
export function resultForClient(
  era: Era,
  method: string,
  result: JsonObject,
  allowed: readonly string[],
): { readonly result: JsonObject } | { readonly code: "method_refused" | "capability_missing" } {
  const { resultType = "complete", ttlMs: _ttl, cacheScope: _scope, ...rest } = withCleanMeta(result);
  if (resultType === "input_required") {
    if (!asksOnlyFor(result, allowed)) return { code: "method_refused" };
    // The earlier era has no way to be asked within an answer.
    return era === "modern" ? { result: { ...rest, resultType } } : { code: "capability_missing" };
  }
  if (resultType !== "complete") return { code: "method_refused" };
  if (era === "earlier") return { result: rest };
  // INVARIANT: what was filtered by one token is never shared with another.
  const cache = cacheable.has(method)
    ? { ttlMs: method === "resources/read" ? 0 : ttlMs, cacheScope: "private" }
    : {};
  return { result: { ...rest, resultType, ...cache } };
}

const resourceNotFound = -32002;
const invalidParams = -32602;
const internalError = -32603;

/**
 * Puts an error of an upstream into the era of the client. The modern era reserves -32000 to -32099 for itself, and the
 * gate says none of those in another's name.
 * Trust: the upstream wrote it.
 */
export function errorForClient(era: Era, sent: RpcError): RpcError {
  const error = isObject(sent.data) ? { ...sent, data: withoutOwnWords(sent.data) } : sent;
  const isReserved = error.code <= -32000 && error.code >= -32099;
  if (era === "earlier" || !isReserved) return error;
  return { ...error, code: error.code === resourceNotFound ? invalidParams : internalError };
}
