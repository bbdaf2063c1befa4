import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
}

const endOfHead = Buffer.from("\r\n\r\n");

function dechunk(bytes: Buffer, from: number): { readonly body: Buffer; readonly end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    const next = line + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), end: next };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

/** The first whole answer in `bytes`, and where it ends. */
function readAnswer(bytes: Buffer): { readonly answer: RawAnswer; readonly end: number } | undefined {
  const headEnd = bytes.indexOf(endOfHead);
  if (headEnd < 0) return undefined;
  const head = bytes.toString("latin1", 0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const start = headEnd + endOfHead.length;
  if (head.includes("transfer-encoding: chunked")) {
    const found = dechunk(bytes, start);
    return found === undefined ? undefined : { answer: { status, head, body: found.body }, end: found.end };
  }
  const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
  if (bytes.length < start + length) return undefined;
  return {
    answer: { status, head, body: bytes.subarray(start, start + length) },
    end: start + length,
  };
}

/** One keep-alive connection that carries one request at a time: bytes out, bytes in, and nothing of a client library. */
export class RawConnection {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #waiting: PromiseWithResolvers<RawAnswer> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (cause) => this.#waiting?.reject(cause));
    socket.on("close", () => this.#waiting?.reject(new Error("the connection was closed")));
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  send(request: Buffer): Promise<RawAnswer> {
    this.#waiting = Promise.withResolvers<RawAnswer>();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const found = readAnswer(this.#bytes);
    if (found === undefined) return;
    this.#bytes = this.#bytes.subarray(found.end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(found.answer);
  }
}

/** Bytes of a POST over keep-alive. */
export function postBytes(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Buffer {
  const lines = Object.entries({
    host: `localhost:${port}`,
    ...headers,
    "content-length": String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}
