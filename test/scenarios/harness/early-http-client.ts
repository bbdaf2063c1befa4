/** A program that knows an address from its environment and no key: lists, calls, prints one JSON document. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const client = new Client({ name: "early", version: "1.0.0" });
const address = new URL(process.env["NARROWGATE_MCP_URL_EVERYTHING"] ?? "");
await client.connect(new StreamableHTTPClientTransport(address) as Parameters<typeof client.connect>[0]);
const { tools } = await client.listTools();
const answers = [];
for (const name of process.argv.slice(2)) answers.push(await client.callTool({ name, arguments: {} }));
const sum = await client.callTool({ name: "get-sum", arguments: { a: 20, b: 22 } });
await client.close();
process.stdout.write(JSON.stringify({ tools: tools.map(({ name }) => name), sum, answers }));
