// The smallest MCP server on standard input and output: one tool, `echo`. No library, so that what is measured in front
// of it is not its own work.
import { createInterface } from "node:readline";

const tool = {
  name: "echo",
  description: "Says the message again.",
  inputSchema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
};

const results = {
  initialize: () => ({
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "echo", version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": ({ arguments: { message } }) => ({ content: [{ type: "text", text: `Echo: ${message}` }] }),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const make = results[method];
  const answer =
    make === undefined ? { error: { code: -32601, message: "no such method" } } : { result: make(params) };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...answer })}\n`);
});
