import type { ServerResponse } from "node:http";
import type { JsonObject } from "@narrowgate/kernel";

/** Headers every answer of the gate carries. */
export const answerHeaders: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

const maxWaitingBytes = 4_194_304;

/** Starts a stream of server-sent events. */
export function openEventStream(res: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  res.writeHead(200, {
    ...answerHeaders,
    "Content-Type": "text/event-stream",
    "X-Accel-Buffering": "no",
    ...headers,
  });
  res.flushHeaders();
}

/** Sends one message; false when the client reads too slowly and the stream should end. */
export function sendEvent(res: ServerResponse, message: JsonObject): boolean {
  // JSON never holds a raw line break, so one message is always one `data` line.
  res.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  return res.writableLength <= maxWaitingBytes;
}
