/** Two proxies that do nothing: what forwarding a call costs when nobody looks at it. */
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { Pool } from "undici";
import { answerParent } from "../processes/answer-parent.ts";
import { portOf } from "./port-of.ts";

const MAX_SOCKETS = 64;

function byHttp(port: number): (req: IncomingMessage, res: ServerResponse) => void {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  return (req, res) => {
    const { host: _ours, ...headers } = req.headers;
    const onward = request(
      { agent, port, host: "127.0.0.1", method: "POST", path: "/mcp", headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    onward.on("error", () => res.destroy());
    req.pipe(onward);
  };
}

function byUndici(port: number): (req: IncomingMessage, res: ServerResponse) => void {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: MAX_SOCKETS });
  return (req, res) => {
    const { host: _ours, connection: _hop, ...headers } = req.headers;
    const opaque = { res };
    pool
      .stream(
        { method: "POST", path: "/mcp", headers, body: req, opaque },
        ({ statusCode, headers: answered }) => res.writeHead(statusCode, answered),
      )
      .catch(() => res.destroy());
  };
}

const api = {
  async listen({
    by,
    upstream,
  }: {
    readonly by: "http" | "undici";
    readonly upstream: number;
  }): Promise<number> {
    const server = createServer(by === "http" ? byHttp(upstream) : byUndici(upstream));
    server.keepAliveTimeout = 60_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return portOf(server);
  },
};

/** What a pass-through can be asked. */
export type PassThroughApi = typeof api;
answerParent(api);
