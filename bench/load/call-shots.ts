import type { Shot } from "./drive.ts";
import { postBytes, type RawAnswer } from "./raw-http.ts";
import { possessionProof, type Signer } from "./sign.ts";

/** Calls of the tool `echo`, each with a message of its own. */
export interface CallLoad {
  readonly port: number;
  readonly path: string;
  readonly count: number;
  /** Tells the messages of one run from those of another. */
  readonly run: string;
  /** Absent for peers that ask nobody who they are. */
  readonly callers?: readonly { readonly signer: Signer; readonly token: string }[];
  /** Audience and proof address behind the gate. */
  readonly url?: string;
  readonly nonce?: string;
  /** A session of the earlier protocol, for peers that need one. */
  readonly session?: string;
  /** Each is answered that it waits for a person. */
  readonly waits?: boolean;
}

const PREFIX = "io.modelcontextprotocol/";
const MODERN = "2026-07-28";
const EARLIER = "2025-11-25";

function bodyOf(id: number, message: string, modern: boolean): string {
  const meta = {
    [`${PREFIX}protocolVersion`]: MODERN,
    [`${PREFIX}clientCapabilities`]: {},
    [`${PREFIX}clientInfo`]: { name: "bench", version: "1" },
  };
  const params = { name: "echo", arguments: { message }, ...(modern ? { _meta: meta } : {}) };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
}

function messageIn({ head, body }: RawAnswer): unknown {
  const text = body.toString("utf8");
  if (!head.includes("content-type: text/event-stream")) return JSON.parse(text);
  const data = text.split("\n").findLast((line) => line.startsWith("data: {"));
  return JSON.parse(data?.slice(6) ?? "null");
}

function callFault(answer: RawAnswer, id: number, message: string): string | undefined {
  const shown = (): string => `${answer.status} ${answer.body.toString("utf8", 0, 400)}`;
  if (answer.status !== 200) return shown();
  const { id: answered, result } = Object(messageIn(answer));
  const text: unknown = Object(result).content?.[0]?.text;
  return answered === id && text === `Echo: ${message}` && Object(result).isError !== true
    ? undefined
    : shown();
}

/** What is wrong with the answer to a call that has to wait. */
function waitFault({ status, body }: RawAnswer): string | undefined {
  const { result } = Object(JSON.parse(body.toString("utf8")));
  const { code, approval } = Object(Object(result)._meta);
  const isAsked = status === 200 && code === "approval_required" && approval !== undefined;
  return isAsked ? undefined : `${status} ${body.toString("utf8", 0, 400)}`;
}

/** Writes and signs all calls. */
export function callShots(load: CallLoad): readonly Shot[] {
  const { port, path, count, run, callers, url = "", nonce, session, waits = false } = load;
  return Array.from({ length: count }, (_, i) => {
    const message = `m ${run} ${i}`;
    const body = bodyOf(i, message, session === undefined);
    const caller = callers?.[i % callers.length];
    const headers = {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...(session === undefined
        ? { "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "echo" }
        : { "mcp-protocol-version": EARLIER, "mcp-session-id": session }),
      ...(caller === undefined
        ? {}
        : {
            authorization: `DPoP ${caller.token}`,
            dpop: possessionProof(caller.signer, { url, nonce, token: caller.token, body }),
          }),
    };
    return {
      request: postBytes(port, path, headers, body),
      fault: (answer) => (waits ? waitFault(answer) : callFault(answer, i, message)),
    };
  });
}
