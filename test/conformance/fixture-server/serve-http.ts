import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createFixtureServer } from "./create-server.ts";
import { createEventLog } from "./event-log.ts";

/** How soon a client that was cut off is to come again. */
const RETRY_MS = 20;

/** Serves any number of sessions on loopback, to local names only. @returns the address */
export async function serveHttp(): Promise<string> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  let names: readonly string[] = [];

  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
      eventStore: createEventLog(),
      retryInterval: RETRY_MS,
    });
    await createFixtureServer().connect(transport);
    return transport;
  };
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { host, origin } = req.headers;
    const isLocal = names.includes(host ?? "") && (origin === undefined || names.includes(origin.slice(7)));
    if (!isLocal) return void res.writeHead(403).end();
    const id = req.headers["mcp-session-id"];
    const session = id === undefined ? await open() : sessions.get(String(id));
    if (session === undefined) res.writeHead(404).end();
    else await session.handleRequest(req, res);
  };
  const http = createServer((req, res) => void serve(req, res).catch(() => res.destroy()));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  names = ["localhost", "127.0.0.1"].map((name) => `${name}:${port}`);
  return `http://127.0.0.1:${port}/mcp`;
}
