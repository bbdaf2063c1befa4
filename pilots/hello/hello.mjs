/**
 * An agent that knows nothing of Narrowgate: it reads an address from its environment and speaks MCP to it, with no key.
 * Run it with `narrowgate run --agent hello -- node pilots/hello/hello.mjs`.
 */
const url = process.env.NARROWGATE_MCP_URL_NOTES;
if (url === undefined) {
  console.error("start me with: narrowgate run --agent hello -- node hello.mjs");
  process.exit(2);
}

const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

async function send(message) {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(message) });
  const session = response.headers.get("mcp-session-id");
  if (session !== null) headers["mcp-session-id"] = session;
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const json = isStream ? text.match(/^data: ?(\{.*)$/m)?.[1] : text;
  const answer = json === undefined || json === "" ? undefined : JSON.parse(json);
  // Refused before it is MCP: a code and a sentence.
  if (typeof answer?.error === "string") fail(`${answer.message} (${answer.error})`);
  return answer;
}

async function read(id, path) {
  const params = { name: "read_text_file", arguments: { path } };
  const { result, error } = await send({ jsonrpc: "2.0", id, method: "tools/call", params });
  return error?.message ?? result.content[0].text.trim();
}

const clientInfo = { name: "hello", version: "1.0.0" };
const protocolVersion = "2025-06-18";
const begun = await send({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion, capabilities: {}, clientInfo },
});
if (begun?.result === undefined) fail(begun?.error?.message ?? "no answer to initialize");
headers["mcp-protocol-version"] = protocolVersion;
await send({ jsonrpc: "2.0", method: "notifications/initialized" });
console.log(`hello.md: ${await read(2, "hello.md")}`);
console.log(`other.md: ${await read(3, "other.md")}`);
