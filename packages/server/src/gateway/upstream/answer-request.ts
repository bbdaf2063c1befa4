import type { JsonObject } from "@narrowgate/kernel";
import type { RequestId } from "../mcp/json-rpc.ts";

/**
 * What the gate answers when an upstream asks something: that it is alive, and nothing else.
 * Trust: the upstream wrote id and method.
 */
export function answerRequest(id: RequestId, method: string): JsonObject {
  if (method === "ping") return { id, jsonrpc: "2.0", result: {} };
  return { id, jsonrpc: "2.0", error: { code: -32601, message: "the gate does not pass this request" } };
}
