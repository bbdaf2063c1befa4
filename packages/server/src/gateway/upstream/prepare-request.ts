import { canonicalBytes, type JsonObject } from "@narrowgate/kernel";
import { isObject } from "../mcp/json-rpc.ts";
import type { Prepared } from "./upstream.ts";

/**
 * Fixes the bytes of a request towards an upstream. The progress token is the request's own id, so that progress finds
 * its call without a table, and no caller's token reaches the upstream.
 */
export function prepareRequest(
  id: number,
  method: string,
  params: JsonObject,
  wantsProgress: boolean,
): Prepared {
  const meta = isObject(params["_meta"]) ? params["_meta"] : {};
  const sent = wantsProgress ? { ...params, _meta: { ...meta, progressToken: id } } : params;
  return { id, method, bytes: canonicalBytes({ id, jsonrpc: "2.0", method, params: sent }) };
}
