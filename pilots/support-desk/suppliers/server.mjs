/**
 * What the desk buys from suppliers, as an MCP server over stdio: `server.mjs mail` sends messages, `server.mjs payments`
 * pays refunds. SIMULATED: it counts what it is given, and nothing leaves the machine.
 */
import { createInterface } from "node:readline";

const text = { type: "string" };
const tools = {
  mail: {
    name: "send_message",
    description: "Sends one message to an address outside the company.",
    inputSchema: {
      type: "object",
      properties: { to: text, subject: text, body: text },
      required: ["to", "subject", "body"],
    },
  },
  payments: {
    name: "refund",
    description: "Pays an amount back to a customer. It cannot be taken back.",
    inputSchema: {
      type: "object",
      properties: { ticket: text, amount_minor: { type: "integer" }, currency: text },
      required: ["ticket", "amount_minor", "currency"],
    },
  },
};
const what = process.argv[2] ?? "mail";
const tool = tools[what];
let done = 0;

function answer(method, params) {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params.protocolVersion ?? "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: `desk-${what}`, version: "1" },
      };
    case "ping":
      return {};
    case "tools/list":
      return { tools: [tool] };
    case "tools/call":
      done += 1;
      return { content: [{ type: "text", text: `${what}: done, number ${done} (simulated)` }] };
    default:
      return undefined;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined) return;
  const result = answer(method, params);
  const error = { code: -32601, message: "there is no such method" };
  process.stdout.write(
    `${JSON.stringify({ jsonrpc: "2.0", id, ...(result === undefined ? { error } : { result }) })}\n`,
  );
});
