import { request } from "node:http";
import { NarrowgateError } from "@narrowgate/kernel";

const MAX_ANSWER_BYTES = 512 * 1024 * 1024;
/** Some requests start servers and ask them for their tools. */
const TIMEOUT_MS = 180_000;

/** One request over the socket, with the exact bytes to be sent. */
export interface SocketRequest {
  readonly socket: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** How long to wait for an answer; three minutes where absent. */
  readonly patienceMs?: number;
}

/** An answer, whole. */
export interface SocketAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

function unreachable(socket: string, cause: unknown): NarrowgateError {
  const { code } = Object(cause);
  const gone = code === "ENOENT" || code === "ECONNREFUSED";
  const why = gone ? "no server answers there; start it with `narrowgate up`" : "the server does not answer";
  return new NarrowgateError("fetch_failed", `${socket}: ${why}`, { cause });
}

/**
 * Sends one request over a Unix socket.
 * @throws `fetch_failed` when nobody answers, the answer is too large, or takes longer than that
 */
export function sendOverSocket({
  socket,
  method,
  path,
  headers,
  body,
  patienceMs = TIMEOUT_MS,
}: SocketRequest): Promise<SocketAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SocketAnswer>();
  const fail = (cause: unknown): void =>
    reject(cause instanceof NarrowgateError ? cause : unreachable(socket, cause));
  const sent = request(
    { socketPath: socket, method, path, headers, timeout: patienceMs, agent: false },
    (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("data", (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER_BYTES)
          response.destroy(new NarrowgateError("fetch_failed", "the answer is too large"));
        else parts.push(part);
      });
      response.once("error", fail);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
    },
  );
  sent.once("timeout", () => sent.destroy(new NarrowgateError("fetch_failed", "the server took too long")));
  sent.once("error", fail);
  sent.end(body);
  return promise;
}
