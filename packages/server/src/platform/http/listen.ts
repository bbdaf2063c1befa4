import { chmodSync, lstatSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type ListenOptions } from "node:net";
import { NarrowgateError } from "@narrowgate/kernel";
import { sourceOf } from "./source-address.ts";

/** Certificate chain and key of a listener, PEM. */
export interface TlsMaterial {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

/** A listener that is up. */
export interface Listening {
  /** Port, for TCP. */
  readonly port: number | undefined;
  /** Takes no more connections, ends idle ones at once and the rest when answered, or after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

const limits = {
  headersTimeout: 10_000,
  // How often both times are looked at: without it a slow sender has half a minute more.
  connectionsCheckingInterval: 2_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16_384,
  insecureHTTPParser: false,
} as const;

/** Connections at once: of all sources, and of one of them, so that no one source holds them all. */
export interface ConnectionLimits {
  readonly all: number;
  readonly perSource: number;
}

const connectionLimits: ConnectionLimits = { all: 16_384, perSource: 4_096 };

/** Ends connections beyond the limits as they are made; nothing is read from them. */
function boundConnections(server: Server, { all, perSource }: ConnectionLimits): void {
  server.maxConnections = all;
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const source = sourceOf(socket.remoteAddress);
    const count = (open.get(source) ?? 0) + 1;
    open.set(source, count);
    socket.once("close", () => {
      const left = (open.get(source) ?? 1) - 1;
      if (left === 0) open.delete(source);
      else open.set(source, left);
    });
    if (count > perSource) socket.destroy();
  });
}

function makeServer(listener: RequestListener, tls: TlsMaterial | undefined): Server {
  if (tls === undefined) return createServer(limits, listener);
  const { cert, key } = tls;
  const material = { cert: Buffer.from(cert), key: Buffer.from(key), minVersion: "TLSv1.2" } as const;
  return createTlsServer({ ...limits, ...material }, listener);
}

function listening(server: Server, options: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

function closing(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  server.close(() => {
    clearTimeout(timer);
    resolve();
  });
  server.closeIdleConnections();
  return promise;
}

function handle(server: Server): Listening {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : undefined;
  return { port, close: (graceMs = 5000) => closing(server, graceMs) };
}

function listenFailed(what: string, cause: unknown): NarrowgateError {
  return new NarrowgateError("conflict", `cannot listen on ${what}; is something else there?`, { cause });
}

function tcpFailed(address: string, cause: unknown): NarrowgateError {
  if (Object(cause).code !== "EADDRINUSE") return listenFailed(address, cause);
  const message = `another program listens on ${address}; stop it, or choose another port`;
  return new NarrowgateError("address_taken", message, { cause });
}

/**
 * Listens on TCP, with TLS when there is a certificate.
 * @param port - 0 for any free one
 * @throws NarrowgateError `address_taken`, `conflict` when it cannot listen there for another reason
 */
export async function listenTcp(
  listener: RequestListener,
  options: {
    readonly host: string;
    readonly port: number;
    readonly tls?: TlsMaterial;
    readonly connections?: ConnectionLimits;
  },
): Promise<Listening> {
  const server = makeServer(listener, options.tls);
  boundConnections(server, options.connections ?? connectionLimits);
  const { host, port } = options;
  await listening(server, { host, port }).catch((cause: unknown) => {
    throw tcpFailed(`${host}:${port}`, cause);
  });
  return handle(server);
}

/** What a path of a socket may have in bytes; the rest of 108 is the operating system's. */
const maxSocketPath = 103;

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => {
    socket.destroy();
    resolve(true);
  });
  socket.once("error", () => resolve(false));
  return promise;
}

/** A socket that nobody answers at was left by a process that died; anything else at the path is not ours to remove. */
async function clearStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket() || (await answers(path))) throw listenFailed("the socket", undefined);
  rmSync(path);
}

/**
 * Listens on a Unix socket that only its owner can open (mode 0600).
 * @param path - at most 103 bytes
 * @throws NarrowgateError `conflict` when another process listens there, `usage` when the path is too long
 */
export async function listenUnix(listener: RequestListener, path: string): Promise<Listening> {
  if (Buffer.byteLength(path) > maxSocketPath) {
    throw new NarrowgateError(
      "usage",
      `the path of a socket has at most ${maxSocketPath} bytes; choose a shorter one`,
    );
  }
  await clearStale(path);
  const server = makeServer(listener, undefined);
  // ORDER: the socket is bound within listen(), so it never exists with a wider mode, not even for a moment.
  const before = process.umask(0o177);
  const up = listening(server, { path });
  process.umask(before);
  await up.catch((cause: unknown) => {
    throw listenFailed("the socket", cause);
  });
  chmodSync(path, 0o600);
  return handle(server);
}
