import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readBounded } from "./read-bounded.ts";
import type { Witness, WitnessAnswer } from "./witness.ts";

/** A checkpoint, its proof and all the signatures a sane log has. */
const MAX_BODY_BYTES = 65_536;
const REQUEST_TIMEOUT_MS = 10_000;

async function answer(witness: Witness, request: IncomingMessage): Promise<WitnessAnswer | undefined> {
  if (request.method !== "POST" || request.url !== "/add-checkpoint") return undefined;
  const body = await readBounded(request, MAX_BODY_BYTES);
  if (body === undefined)
    return { status: 400, contentType: "text/plain; charset=utf-8", body: "too large\n" };
  return witness.addCheckpoint(body.toString("utf8"));
}

async function serve(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const found = await answer(witness, request);
    response.writeHead(found?.status ?? 404, {
      "content-type": found?.contentType ?? "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    response.end(found?.body ?? "not found\n");
  } catch {
    // The state could not be kept, so nothing was cosigned. The cause is the operator's, not the caller's.
    response.writeHead(503, { "content-type": "text/plain; charset=utf-8" });
    response.end("unavailable\n");
  }
}

/**
 * Makes the HTTP server of a witness: `POST /add-checkpoint` and nothing else. The caller listens, on loopback unless
 * the operator says otherwise.
 * Trust: every request is attacker-controlled; size, time and number of connections are bounded.
 */
export function createWitnessServer(witness: Witness): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = 64;
  server.on("request", (request, response) => {
    void serve(witness, request, response);
  });
  return server;
}
