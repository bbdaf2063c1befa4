import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** Id of a JSON-RPC request. */
export type RequestId = string | number;

/** One JSON-RPC message, sorted by what it is. */
export type RpcMessage =
  | { readonly kind: "request"; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "result"; readonly id: RequestId; readonly result: JsonObject }
  | { readonly kind: "error"; readonly id: RequestId | null; readonly error: RpcError };

/** The error member of a JSON-RPC answer. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue;
}

const members: readonly string[] = ["jsonrpc", "id", "method", "params", "result", "error"];
const maxTextId = 256;
const maxMethod = 128;

/** Tells whether a JSON value is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: JsonValue | undefined): value is RequestId {
  return typeof value === "string" ? value.length <= maxTextId : Number.isSafeInteger(value);
}

function readError(value: JsonValue): RpcError | undefined {
  if (!isObject(value)) return undefined;
  const { code, message, data } = value;
  if (typeof code !== "number" || !Number.isSafeInteger(code) || typeof message !== "string")
    return undefined;
  return data === undefined ? { code, message } : { code, message, data };
}

function readAnswer(value: JsonObject): RpcMessage | undefined {
  const { id, result, error, params } = value;
  if (params !== undefined || (result === undefined) === (error === undefined)) return undefined;
  if (result !== undefined) return isId(id) && isObject(result) ? { kind: "result", id, result } : undefined;
  const read = error === undefined ? undefined : readError(error);
  if (read === undefined || !(id === undefined || id === null || isId(id))) return undefined;
  return { kind: "error", id: id ?? null, error: read };
}

/**
 * Reads one JSON-RPC 2.0 message; a batch is none.
 * Trust: `value` was parsed strictly but is a stranger's.
 * @returns undefined when it is not exactly one message
 */
export function readMessage(value: JsonValue): RpcMessage | undefined {
  if (!isObject(value) || value["jsonrpc"] !== "2.0") return undefined;
  for (const key of Object.keys(value)) if (!members.includes(key)) return undefined;
  const { id, method, params = {} } = value;
  if (method === undefined) return readAnswer(value);
  if (typeof method !== "string" || method.length === 0 || method.length > maxMethod) return undefined;
  if (!isObject(params) || "result" in value || "error" in value) return undefined;
  if (!("id" in value)) return { kind: "notification", method, params };
  return isId(id) ? { kind: "request", id, method, params } : undefined;
}

/** A request message. */
export type RpcRequest = Extract<RpcMessage, { kind: "request" }>;

/** A notification. */
export type RpcNotification = Extract<RpcMessage, { kind: "notification" }>;
