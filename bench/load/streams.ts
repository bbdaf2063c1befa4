import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { sharedMs } from "./drive.ts";
import { postBytes } from "./raw-http.ts";
import { possessionProof, type Signer } from "./sign.ts";

const EARLIER = "2025-11-25";
/** Streams of one address: a gate lets no source have all connections. */
const OF_ONE_ADDRESS = 3000;
const AT_ONCE = 16;

/** Whose event streams are opened, and where. */
export interface StreamLoad {
  readonly port: number;
  readonly path: string;
  readonly url: string;
  readonly nonce?: string;
  readonly callers: readonly { readonly signer: Signer; readonly token: string }[];
  readonly perCaller: number;
}

const open = new Set<Socket>();
let lastEndedMs = 0;

/** Waits for the head of an answer, and gives it; what follows is read and dropped. */
async function headOf(socket: Socket): Promise<string> {
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const [chunk] = await once(socket, "data");
    text += String(chunk);
  }
  return text;
}

function initializeBytes(load: StreamLoad, caller: StreamLoad["callers"][number]): Buffer {
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: EARLIER, capabilities: {}, clientInfo: { name: "bench", version: "1" } },
  });
  const { port, path, url, nonce } = load;
  const headers = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    authorization: `DPoP ${caller.token}`,
    dpop: possessionProof(caller.signer, { url, nonce, token: caller.token, body }),
  };
  return postBytes(port, path, headers, body);
}

function streamBytes(load: StreamLoad, caller: StreamLoad["callers"][number], session: string): string {
  const { port, path, url, nonce } = load;
  const proof = possessionProof(caller.signer, { url, nonce, token: caller.token, method: "GET" });
  const lines = [
    `GET ${path} HTTP/1.1`,
    `host: localhost:${port}`,
    "accept: text/event-stream",
    `mcp-session-id: ${session}`,
    `mcp-protocol-version: ${EARLIER}`,
    `authorization: DPoP ${caller.token}`,
    `dpop: ${proof}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

async function openOne(load: StreamLoad, i: number): Promise<void> {
  const caller = load.callers[i % load.callers.length];
  if (caller === undefined) throw new RangeError("nobody opens streams");
  const localAddress = `127.0.0.${2 + Math.floor(i / OF_ONE_ADDRESS)}`;
  const socket = connect({ port: load.port, host: "127.0.0.1", localAddress });
  await once(socket, "connect");
  socket.write(initializeBytes(load, caller));
  const session = /mcp-session-id: (\S+)/i.exec(await headOf(socket))?.[1];
  if (session === undefined) throw new Error("no session was opened");
  socket.write(streamBytes(load, caller, session));
  const head = await headOf(socket);
  if (!head.startsWith("HTTP/1.1 200") || !/text\/event-stream/i.test(head))
    throw new Error(`no stream was opened: ${head.slice(0, 300)}`);
  open.add(socket);
  socket.on("data", (chunk: Buffer) => {
    // The last chunk of an answer that ended.
    if (chunk.toString("latin1").endsWith("0\r\n\r\n")) ended(socket);
  });
  socket.once("close", () => ended(socket));
  socket.once("error", () => ended(socket));
}

function ended(socket: Socket): void {
  if (!open.delete(socket)) return;
  lastEndedMs = sharedMs();
  socket.destroy();
}

/** Opens event streams, each in a session of its own. @returns how many are open */
export async function openStreams(load: StreamLoad): Promise<number> {
  const count = load.callers.length * load.perCaller;
  let next = 0;
  const loop = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await openOne(load, i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
  return open.size;
}

/** Streams that are open, and when the last one ended (clock of {@link sharedMs}; 0: none did). */
export function streamsNow(): { readonly open: number; readonly lastEndedMs: number } {
  return { open: open.size, lastEndedMs };
}
