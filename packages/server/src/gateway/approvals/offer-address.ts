import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { metaOf } from "../mcp/check-headers.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { metaClientCapabilities } from "../mcp/protocol.ts";
import type { WaitingApproval } from "../ports.ts";

/** Under this name the gate asks modern clients to open an address, and finds their answer again. */
const ownKey = "narrowgate/approval";

/** Whether a client says it can show its person an address to open. Trust: its own word; it gets nothing but the address. */
export function canOpenAddresses(capabilities: JsonValue | undefined): boolean {
  if (!isObject(capabilities) || !isObject(capabilities["elicitation"])) return false;
  return isObject(capabilities["elicitation"]["url"]);
}

/** The same, of the request itself: in the modern era each carries its client's capabilities. */
export function declaresAddresses(params: JsonObject): boolean {
  return canOpenAddresses(metaOf(params)[metaClientCapabilities]);
}

/**
 * What a modern client sent in answer to the gate's own question is the gate's to take; the rest is for the upstream.
 * What it says is not looked at: whether somebody approved is known here.
 */
export function withoutOwnAnswer(params: JsonObject): JsonObject {
  const { inputResponses, ...rest } = params;
  if (!isObject(inputResponses) || !Object.hasOwn(inputResponses, ownKey)) return params;
  const { [ownKey]: _own, ...others } = inputResponses;
  return Object.keys(others).length === 0 ? rest : { ...rest, inputResponses: others };
}

const message =
  "A person has to approve this call before it is made. Open the page to see exactly what is asked.";

/** Error of 2025-11-25 that asks the client to have an address opened. */
export const addressRequired = -32042;

/** `data` of that error. @see MCP 2025-11-25, URL elicitation */
export function elicitations({ id, url }: WaitingApproval): JsonObject {
  return { elicitations: [{ mode: "url", elicitationId: id, url, message }] };
}

/** Result of 2026-07-28 that asks for it. @see MCP 2026-07-28, multi round-trip requests */
export function inputRequired({ url }: WaitingApproval, meta: JsonObject): JsonObject {
  const request = { method: "elicitation/create", params: { mode: "url", url, message } };
  return { _meta: meta, resultType: "input_required", inputRequests: { [ownKey]: request } };
}
