import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { AgentSession } from "@narrowgate/agent";
import { ERROR_CATALOGUE, isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const LOOPBACK = "127.0.0.1";
/** Many clients take an address for Streamable HTTP only when it ends like this, and some put it there by themselves. */
const SUFFIX = "/mcp";
const PASSED_ON = [
  "accept",
  "content-type",
  "mcp-session-id",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
  "last-event-id",
];
const PASSED_BACK = ["content-type", "mcp-session-id", "cache-control"];

/** A local MCP endpoint for one process that holds no key: it adds token and proof to what the process sends. */
export interface LocalEndpoint {
  /** Address of a server. Over TCP it holds the unguessable part; treat it as a secret of this run. */
  url(server: string): string;
  close(): Promise<void>;
}

async function readBody(req: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new NarrowgateError("request_too_large", "the request is too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function pick(headers: IncomingMessage["headers"]): Record<string, string> {
  const names = Object.keys(headers).filter(
    (name) => PASSED_ON.includes(name) || name.startsWith("mcp-param-"),
  );
  return Object.fromEntries(
    names.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]]] : [])),
  );
}

async function passBack(response: Response, res: ServerResponse): Promise<void> {
  const headers = PASSED_BACK.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  res.writeHead(response.status, Object.fromEntries(headers));
  if (response.body === null) res.end();
  else await pipeline(response.body, res);
}

function refuse(res: ServerResponse, error: unknown): void {
  const code = isNarrowgateError(error) && isErrorCode(error.code) ? error.code : "internal_error";
  const row = ERROR_CATALOGUE[code];
  if (res.headersSent) res.destroy();
  else
    res
      .writeHead(row.http === 200 ? 403 : row.http, { "content-type": "application/json" })
      .end(JSON.stringify({ error: code, message: row.sentence }));
}

/** Where the endpoint listens: on loopback, or on a socket only this user can open. */
export type EndpointPlace = { readonly kind: "tcp" } | { readonly kind: "socket"; readonly path: string };

/** What is served, and to whom. */
export interface EndpointOptions {
  /** Address of the gate. */
  readonly issuer: string;
  readonly session: AgentSession;
  /** Ids of the servers that may be reached. */
  readonly servers: readonly string[];
  readonly place: EndpointPlace;
}

function serverIn(path: string, prefix: string, servers: readonly string[]): string {
  const isOurs = path.startsWith(prefix) && path.endsWith(SUFFIX);
  const server = isOurs ? path.slice(prefix.length, -SUFFIX.length) : "";
  if (!servers.includes(server)) throw new NarrowgateError("not_found", "there is nothing here");
  return server;
}

async function requestFrom(req: IncomingMessage, signal: AbortSignal): Promise<RequestInit> {
  const method = req.method ?? "GET";
  const from = { method, headers: pick(req.headers), signal };
  return method === "POST" ? { ...from, body: new Uint8Array(await readBody(req)) } : from;
}

/** The names by which this machine calls itself; an origin can have any of them, and so can a `Host`. */
const OWN_NAMES = [LOOPBACK, "localhost", "[::1]"];

/** Whether the caller meant us: a page in a browser names where it came from, whatever address that name resolved to. */
function isOurs({ host = "", origin }: IncomingMessage["headers"], hosts: readonly string[]): boolean {
  return hosts.includes(host) && (origin === undefined || hosts.some((own) => origin === `http://${own}`));
}

/** Listens. @returns what follows the name in a `Host`: the port, or nothing on a socket */
async function listen(server: Server, place: EndpointPlace): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (cause) =>
    reject(new NarrowgateError("conflict", "the local endpoint could not listen", { cause })),
  );
  // ORDER: the mask is set while the socket comes to be, so that it is never open to others, not even for a moment.
  const before = process.umask(0o177);
  if (place.kind === "tcp") server.listen(0, LOOPBACK, resolve);
  else server.listen(place.path, resolve);
  process.umask(before);
  await promise;
  const address = server.address();
  return typeof address === "object" && address !== null ? `:${address.port}` : "";
}

/**
 * Opens a local endpoint: a socket of mode 0600, or loopback TCP with an unguessable path per run, Host and Origin checked.
 * Any process of the same OS user can read another's environment, so evidence says `same-user key`.
 */
export async function openLocalEndpoint(options: EndpointOptions): Promise<LocalEndpoint> {
  const { issuer, session, servers, place } = options;
  const secret = place.kind === "tcp" ? `/${randomBytes(24).toString("base64url")}` : "";
  let hosts: readonly string[] = [];
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (!isOurs(req.headers, hosts))
      throw new NarrowgateError("origin_refused", "not meant for this address");
    const url = `${issuer}/mcp/${serverIn(req.url ?? "/", `${secret}/`, servers)}`;
    const ended = new AbortController();
    res.once("close", () => ended.abort());
    await passBack(await session.fetchFor(url)(url, await requestFrom(req, ended.signal)), res);
  };
  const listener = createServer(
    (req, res) => void serve(req, res).catch((error: unknown) => refuse(res, error)),
  );
  const port = await listen(listener, place);
  hosts = OWN_NAMES.map((name) => `${name}${port}`);
  return {
    url: (server) => `http://${port === "" ? "localhost" : LOOPBACK}${port}${secret}/${server}${SUFFIX}`,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      }),
  };
}
