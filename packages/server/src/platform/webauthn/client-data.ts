import { fromBase64url, parseStrictJson } from "@narrowgate/kernel";

/**
 * Whether a ceremony took place inside a page of somebody else: a frame of another origin.
 * Trust: `clientData` is attacker-controlled, base64url of JSON.
 * @throws NarrowgateError `malformed_bytes`, `malformed_json`
 * @see docs/spec/approval.md P-5
 */
export function isEmbedded(clientData: string): boolean {
  const value = parseStrictJson(fromBase64url(clientData), { maxBytes: 8192, maxDepth: 8 });
  if (typeof value !== "object" || value === null) return true;
  const crossOrigin: unknown = Reflect.get(value, "crossOrigin");
  const isCross = crossOrigin !== undefined && crossOrigin !== false;
  return isCross || Reflect.get(value, "topOrigin") !== undefined;
}
