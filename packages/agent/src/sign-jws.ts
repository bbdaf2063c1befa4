import { type JsonObject, toBase64url, utf8 } from "@narrowgate/kernel";
import type { AgentKey } from "./agent-key.ts";

/** Signs a compact JWS with ES256. @see RFC 7515 section 3.1 */
export async function signJws(key: AgentKey, header: JsonObject, payload: JsonObject): Promise<string> {
  const part = (value: JsonObject): string => toBase64url(utf8(JSON.stringify(value)));
  const input = `${part({ alg: "ES256", ...header })}.${part(payload)}`;
  return `${input}.${toBase64url(await key.sign(utf8(input)))}`;
}
