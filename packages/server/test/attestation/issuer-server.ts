import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SelfSigned } from "./self-signed.ts";

/** A web server on loopback that publishes what a test puts there. */
export interface IssuerServer {
  readonly url: string;
  readonly port: number;
  /** Paths asked for, in order. */
  readonly asked: string[];
  publish(path: string, document: unknown): void;
  /** Answers a path in any way. */
  answer(path: string, listener: RequestListener): void;
  close(): Promise<void>;
}

/** @param tls - serve https with this certificate, under the name `localhost` */
export async function startIssuerServer(tls?: SelfSigned): Promise<IssuerServer> {
  const listeners = new Map<string, RequestListener>();
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const found = listeners.get(path);
    if (found === undefined) response.writeHead(404).end();
    else found(request, response);
  };
  const server: Server =
    tls === undefined
      ? createServer(listener)
      : createHttpsServer({ key: tls.key, cert: tls.certificate }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answer: IssuerServer["answer"] = (path, own) => void listeners.set(path, own);
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    asked,
    answer,
    publish: (path, document) =>
      answer(path, (_, response) => {
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
