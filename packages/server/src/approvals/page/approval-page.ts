import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Clock,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { isOwnOrigin } from "../../platform/http/check-origin.ts";
import { createDoor, type Door } from "../../platform/http/door.ts";
import {
  type BytesAnswer,
  errorAnswer,
  type JsonAnswer,
  okAnswer,
  sendBytes,
  sendJson,
  thrownAnswer,
} from "../../platform/http/json-answer.ts";
import { readBody } from "../../platform/http/read-body.ts";
import { sourceOf } from "../../platform/http/source-address.ts";
import type { Approvals } from "../approvals.ts";
import type { DescribedRequest } from "../describe-request.ts";
import { APPROVE_PAGE, APPROVE_SCRIPT, APPROVE_STYLE } from "./page-texts.ts";

/** What the approval origin stands on; supplied by compose. */
export interface ApprovalPagePorts {
  readonly approvals: Pick<Approvals, "describe" | "sign">;
  readonly clock: Clock;
  /** As configured. Nothing else is served here, and nobody signs in here. */
  readonly origin: string;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

type Answer = JsonAnswer | BytesAnswer;

const MAX_BODY_BYTES = 48 * 1024;
/** Handles nobody was given and signatures that do not hold, of one source and of all. A good one costs nothing. */
const RATES = {
  source: { burst: 20, perSecond: 0.5 },
  strangers: { burst: 400, perSecond: 20 },
  failures: { burst: 1, perSecond: 1 },
} as const;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "publickey-credentials-get=(self), publickey-credentials-create=(), camera=(), microphone=(), geolocation=()",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};

const files: ReadonlyMap<string, { readonly text: string; readonly contentType: string }> = new Map([
  ["/approve", { text: APPROVE_PAGE, contentType: "text/html; charset=utf-8" }],
  ["/approve.js", { text: APPROVE_SCRIPT, contentType: "text/javascript; charset=utf-8" }],
  ["/approve.css", { text: APPROVE_STYLE, contentType: "text/css; charset=utf-8" }],
]);

const short = { min: 1, max: 1366, pattern: /^[A-Za-z0-9_-]+$/ };

function describedJson(described: DescribedRequest): JsonObject {
  if (described.state !== "open") return { state: described.state };
  const { rows, rpId, notAfterMs, choices, given, requires, ...rest } = described;
  return {
    ...rest,
    rows: rows.map((row) => ({ ...row })),
    rp_id: rpId,
    not_after: notAfterMs,
    choices: choices.map((choice) => ({ ...choice })),
    given: given.map((one) => ({ ...one })),
    requires: [...requires],
  };
}

type Post = (body: JsonValue, ports: ApprovalPagePorts) => Promise<JsonAnswer> | JsonAnswer;

// The handle is in the body, so that it stands in no address and no log of one.
const posts: ReadonlyMap<string, Post> = new Map<string, Post>([
  [
    "/request",
    (body, { approvals }) => {
      const { handle } = readObject(body, "", ["handle"]);
      const described = approvals.describe(readString(handle, "/handle", short));
      return described === undefined
        ? errorAnswer("not_found", "there is no such request; ask for the address again")
        : okAnswer(describedJson(described));
    },
  ],
  [
    "/sign",
    async (body, { approvals }) => {
      const sent = readObject(body, "", ["handle", "credential", "signed"]);
      const handle = readString(sent.handle, "/handle", short);
      const credential = readString(sent.credential, "/credential", short);
      const signed = Object(body).signed;
      const { missing, ...rest } = await approvals.sign({ handle, credential, signed });
      return okAnswer({ ...rest, missing: [...missing] });
    },
  ],
]);

async function readJson(request: IncomingMessage): Promise<JsonValue> {
  // A foreign page can send any other type without being asked first.
  if (request.headers["content-type"] !== "application/json")
    throw new NarrowgateError("malformed_input", "the content type must be application/json");
  return parseStrictJson(await readBody(request, MAX_BODY_BYTES), { maxBytes: MAX_BODY_BYTES, maxDepth: 4 });
}

interface Room {
  readonly ports: ApprovalPagePorts;
  readonly door: Door;
}

async function answerPost(request: IncomingMessage, post: Post, { ports, door }: Room): Promise<Answer> {
  // A page always sends Origin with this method; without it the request is not of our page.
  if (request.headers.origin === undefined) return errorAnswer("origin_refused");
  const admission = door.admit({ source: sourceOf(request.socket.remoteAddress) });
  if (admission.kind === "turned_away") {
    const headers = { "retry-after": String(admission.retryAfterSeconds) };
    return { ...errorAnswer("too_many_requests", "too many tries from where you are"), headers };
  }
  const answer = await readJson(request)
    .then((body) => post(body, ports))
    .catch((error: unknown) => {
      const thrown = thrownAnswer(error);
      if (thrown.status >= 500) ports.report(error);
      return thrown;
    });
  admission.settle(answer.status);
  return answer;
}

async function answerTo(request: IncomingMessage, room: Room): Promise<Answer> {
  if (!isOwnOrigin(request, room.ports.origin)) return errorAnswer("origin_refused");
  const [path = "", query] = (request.url ?? "").split("?", 2);
  const file = files.get(path);
  const post = posts.get(path);
  // INVARIANT: no query is taken, so that no handle stands in one.
  if ((file === undefined && post === undefined) || query !== undefined) return errorAnswer("not_found");
  const allow = file === undefined ? "POST" : "GET";
  if (request.method !== allow) return { ...errorAnswer("method_not_allowed"), headers: { allow } };
  if (post !== undefined) return answerPost(request, post, room);
  const { text = "", contentType = "text/plain" } = file ?? {};
  return { status: 200, bytes: Buffer.from(text), contentType };
}

/** The page on which people answer. */
export interface ApprovalPage {
  /** Whether a path (without query) is one of ours. */
  owns(path: string): boolean;
  /** Answers one request. Never throws; the answer is always ended. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * Makes the page of the approval origin: one page, its script and style, reading one request, and one signature.
 * Trust: everything that comes in is attacker-controlled; nobody is known here but by what a passkey signs. No cookies.
 */
export function createApprovalPage(ports: ApprovalPagePorts): ApprovalPage {
  const room: Room = { ports, door: createDoor(ports.clock, RATES) };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    answerTo(request, room)
      .catch((error: unknown): Answer => {
        ports.report(error);
        return thrownAnswer(error);
      })
      .then((answer) => {
        // What was refused unread must not be taken for the next request of the connection.
        if (!request.complete) response.shouldKeepAlive = false;
        if ("bytes" in answer) sendBytes(response, answer);
        else sendJson(response, answer);
      })
      .catch(ports.report);
  };
  return { owns: (path) => files.has(path) || posts.has(path), handle };
}
