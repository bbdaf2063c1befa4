import { randomUUID } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { Server as EarlierServer } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";

/** An upstream on a real port. */
export interface HttpServer {
  readonly url: string;
  /** Headers of every request it got. */
  readonly seen: Record<string, string | string[] | undefined>[];
  close(): Promise<void>;
}

async function listen(
  handler: RequestListener,
  end: () => Promise<void> = async () => {},
): Promise<HttpServer> {
  const seen: HttpServer["seen"] = [];
  const http = createServer((req, res) => {
    seen.push(req.headers);
    handler(req, res);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    async close() {
      await end();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** The official server of the modern era; it refuses the earlier one. `aborted` counts calls it was told to give up. */
export async function startModernServer(): Promise<HttpServer & { aborted: number }> {
  const state = { aborted: 0 };
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: "modern", version: "1.0.0" });
      const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
      const region = { type: "string", "x-mcp-header": "Region" };
      const inputSchema = fromJsonSchema<{ region?: string }>({
        type: "object",
        properties: { region },
      } as never);
      server.registerTool("query", { description: "asks a region", inputSchema }, async ({ region: asked }) =>
        text(`from ${asked}`),
      );
      server.registerTool("steps", { description: "reports progress" }, async (ctx) => {
        const progressToken = ctx.mcpReq._meta?.progressToken;
        for (const progress of [1, 2]) {
          if (progressToken !== undefined)
            await ctx.mcpReq.notify({
              method: "notifications/progress",
              params: { progressToken, progress },
            });
        }
        return text("stepped");
      });
      server.registerTool("wait", { description: "waits until it is told to stop" }, (ctx) => {
        return new Promise((resolve) => {
          ctx.mcpReq.signal.addEventListener("abort", () => {
            state.aborted += 1;
            resolve(text("stopped"));
          });
        });
      });
      return server;
    },
    { legacy: "reject" },
  );
  const serve = toNodeHandler(handler);
  const server = await listen(
    (req, res) => void serve(req as never, res as never),
    () => handler.close(),
  );
  return Object.assign(state, server);
}

/** The official server of the earlier era, with sessions. */
export function startEarlierServer(): Promise<HttpServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const server = new EarlierServer({ name: "earlier", version: "1.0.0" }, { capabilities: { tools: {} } });
    const inputSchema = { type: "object" as const, properties: {} };
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [
        { name: "greet", description: "greets", inputSchema },
        { name: "steps", description: "reports progress", inputSchema },
      ],
    }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
      const progressToken = params._meta?.progressToken;
      if (params.name === "steps" && progressToken !== undefined) {
        await sendNotification({ method: "notifications/progress", params: { progressToken, progress: 1 } });
      }
      return { content: [{ type: "text", text: `hello from ${params.name}` }] };
    });
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    await server.connect(transport as never);
    return transport;
  };
  return listen((req, res) => {
    const id = req.headers["mcp-session-id"];
    const known = typeof id === "string" ? transports.get(id) : undefined;
    const transport = known === undefined ? open() : Promise.resolve(known);
    transport.then((one) => one.handleRequest(req, res)).catch(() => res.destroy());
  });
}
