import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AgentSession } from "@narrowgate/agent";
import { ERROR_CATALOGUE, isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const LOOPBACK = "127.0.0.1";
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
  /** Base of the addresses: `<base>/<server>`. Holds the unguessable part; treat it as a secret of this run. */
  readonly base: string;
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
  else await pipeline(Readable.fromWeb(response.body), res);
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

function serverIn(path: string, prefix: string): string {
  const server = path.startsWith(prefix) ? path.slice(prefix.length) : "";
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(server))
    throw new NarrowgateError("not_found", "there is nothing here");
  return server;
}

async function requestFrom(req: IncomingMessage, signal: AbortSignal): Promise<RequestInit> {
  const method = req.method ?? "GET";
  const base = { method, headers: pick(req.headers), signal };
  return method === "POST" ? { ...base, body: new Uint8Array(await readBody(req)) } : base;
}

/**
 * Opens a local endpoint on loopback TCP: an unguessable path per run, Host and Origin checked.
 * Any process of the same OS user can read another's environment, so evidence says `same-user key`.
 */
export async function openLocalEndpoint(issuer: string, session: AgentSession): Promise<LocalEndpoint> {
  const secret = randomBytes(24).toString("base64url");
  const prefix = `/${secret}/`;
  let host = "";
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    // A page in a browser must not reach this, whatever name it resolved to us.
    if (req.headers.host !== host || req.headers.origin !== undefined)
      throw new NarrowgateError("origin_refused", "not from a browser");
    const url = `${issuer}/mcp/${serverIn(req.url ?? "/", prefix)}`;
    const ended = new AbortController();
    res.once("close", () => ended.abort());
    await passBack(await session.fetchFor(url)(url, await requestFrom(req, ended.signal)), res);
  };
  const server = createServer(
    (req, res) => void serve(req, res).catch((error: unknown) => refuse(res, error)),
  );
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  host = `${LOOPBACK}:${typeof address === "object" && address !== null ? address.port : 0}`;
  return {
    base: `http://${host}/${secret}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
