import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { HttpServer } from "./http-servers.ts";

/** A server of the earlier era that ends the stream of a call before its answer, and asks things of its client. */
export interface PollingServer extends HttpServer {
  /** Names of the tools that were called, once for each call it got. */
  readonly calls: string[];
  /** `Last-Event-ID` of each stream that was taken up again. */
  readonly resumed: string[];
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly name?: string };
}

const handshake = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {} },
  serverInfo: { name: "p", version: "1" },
};
const tools = ["late", "cut", "never", "asks"].map((name) => ({
  name,
  description: name,
  inputSchema: { type: "object" },
}));

function stream(res: ServerResponse): (event: string) => void {
  res.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "s" });
  return (event) => void res.write(`${event}\n\n`);
}

async function readJson(req: IncomingMessage): Promise<Message> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}

/**
 * `late` is answered on the third stream, and so is `cut`, whose first one breaks off; `never` on none; and `asks` when the client has answered a question and a ping:
 * with what it answered.
 */
export async function startPollingServer(): Promise<PollingServer> {
  const seen: PollingServer["seen"] = [];
  const calls: string[] = [];
  const resumed: string[] = [];
  const answers: Message[] = [];
  let waiting: { readonly id: Message["id"]; readonly say?: (event: string) => void; res?: ServerResponse };

  const answer = (id: Message["id"], result: object): string =>
    `data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}`;
  const text = (value: string): object => ({ content: [{ type: "text", text: value }] });
  const onCall = ({ id, params }: Message, res: ServerResponse): void => {
    calls.push(params?.name ?? "");
    const say = stream(res);
    say("id: e0\nretry: 0\ndata: ");
    waiting = { id };
    if (params?.name === "cut") return void res.write(":\n\n", () => res.destroy());
    if (params?.name !== "asks") return void res.end();
    waiting = { id, say, res };
    say('data: {"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{}}');
    say('data: {"jsonrpc":"2.0","id":"q2","method":"ping"}');
  };
  const onAnswer = (message: Message, res: ServerResponse): void => {
    answers.push(message);
    res.writeHead(202).end();
    if (answers.length < 2) return;
    const sorted = answers.toSorted((one, two) => String(one.id).localeCompare(String(two.id)));
    waiting.say?.(answer(waiting.id, text(JSON.stringify(sorted))));
    waiting.res?.end();
  };
  const onResume = (lastEventId: string, res: ServerResponse): void => {
    resumed.push(lastEventId);
    const say = stream(res);
    if (calls.at(-1) === "never") say("data: ");
    else if (resumed.length === 1) say("id: e1\ndata: ");
    else say(answer(waiting.id, text("at last")));
    res.end();
  };
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const lastEventId = req.headers["last-event-id"];
    if (req.method === "GET" && typeof lastEventId === "string") return onResume(lastEventId, res);
    if (req.method !== "POST") return void res.writeHead(405).end();
    const message = await readJson(req);
    switch (message.method) {
      case undefined:
        return onAnswer(message, res);
      case "initialize": {
        const say = stream(res);
        // An event without a message, as servers of this revision begin their streams.
        say("id: i0\ndata: ");
        say(answer(message.id, handshake));
        return void res.end();
      }
      case "tools/list":
        return void stream(res)(answer(message.id, { tools }));
      case "tools/call":
        return onCall(message, res);
      default:
        return void res.writeHead(message.id === undefined ? 202 : 400).end();
    }
  };
  const http = createServer((req, res) => {
    seen.push(req.headers);
    serve(req, res).catch(() => res.destroy());
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    calls,
    resumed,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}
