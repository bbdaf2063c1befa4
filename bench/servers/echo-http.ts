/** The same echo tool as an HTTP server of the modern era: the upstream of the gate and of the bare pass-throughs. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { answerParent } from "../processes/answer-parent.ts";
import { portOf } from "./port-of.ts";

const tool = {
  name: "echo",
  description: "Says the message again.",
  inputSchema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
};
const version = "2026-07-28";
const complete = { resultType: "complete" };
const serverInfo = { name: "echo", version: "1.0.0" };

function resultOf(
  method: string,
  params: { readonly arguments?: { readonly message?: string } },
): object | undefined {
  switch (method) {
    case "server/discover":
      return { ...complete, supportedVersions: [version], capabilities: { tools: {} }, serverInfo };
    case "tools/list":
      return { ...complete, tools: [tool], ttlMs: 600_000, cacheScope: "public" };
    case "tools/call":
      return { ...complete, content: [{ type: "text", text: `Echo: ${params.arguments?.message}` }] };
    default:
      return undefined;
  }
}

async function answer(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const result = resultOf(method, params ?? {});
  const body = result === undefined ? { error: { code: -32601, message: "no such method" } } : { result };
  return Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, ...body }));
}

const server = createServer((req, res) => {
  answer(req)
    .then((bytes) =>
      res
        .writeHead(200, { "content-type": "application/json", "content-length": String(bytes.length) })
        .end(bytes),
    )
    .catch(() => res.writeHead(400).end());
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");

const api = { port: (): number => portOf(server) };
/** What the upstream can be asked. */
export type EchoHttpApi = typeof api;
answerParent(api);
