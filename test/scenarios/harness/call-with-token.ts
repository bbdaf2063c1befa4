import type { ConsentApp } from "./consent-app.ts";

/**
 * Calls a tool in the stateless protocol with a token of a consent.
 * @param send - of the app that holds the token's key. @returns what the gate answered, as text
 */
export async function callWithToken(
  send: ReturnType<ConsentApp["fetchWith"]>,
  server: string,
  name: string,
): Promise<string> {
  const version = "2026-07-28";
  const prefix = "io.modelcontextprotocol/";
  const _meta = { [`${prefix}protocolVersion`]: version, [`${prefix}clientCapabilities`]: {} };
  const params = { name, arguments: { message: "hello" }, _meta };
  const answer = await send(server, {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-method": "tools/call",
      "mcp-name": name,
      "mcp-protocol-version": version,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: "1", method: "tools/call", params }),
  });
  return answer.text();
}
