import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Clock,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { isOwnOrigin } from "../platform/http/check-origin.ts";
import { createDoor, type Door } from "../platform/http/door.ts";
import {
  type BytesAnswer,
  errorAnswer,
  type JsonAnswer,
  okAnswer,
  sendBytes,
  sendJson,
  thrownAnswer,
} from "../platform/http/json-answer.ts";
import { readBody } from "../platform/http/read-body.ts";
import { sourceOf } from "../platform/http/source-address.ts";
import type { RelyingParty } from "../platform/webauthn/index.ts";
import { beginEnrolment, finishEnrolment } from "./enrol-passkey.ts";
import { ENROL_PAGE, ENROL_SCRIPT, PAGE_STYLE } from "./page-texts.ts";
import type { People } from "./people.ts";

/** The page on which people make passkeys. */
export interface PeoplePages {
  /** Whether a path (without query) is one of ours. */
  owns(path: string): boolean;
  /** Answers one request. Never throws; the answer is always ended. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** What the page stands on; supplied by compose. */
export interface PeoplePagesPorts {
  readonly people: People;
  readonly clock: Clock;
  /** Origin the page is served from, and what its passkeys are bound to. */
  readonly party: RelyingParty;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

type Answer = JsonAnswer | BytesAnswer;

/** An attestation object with a chain of certificates is some kilobytes. */
const MAX_BODY_BYTES = 32 * 1024;
const MAX_CODE_CHARS = 64;
const MAX_ID_CHARS = 1366;
/** Wrong codes and ceremonies that failed, of one source and of all. A good one costs nothing. */
const RATES = {
  source: { burst: 20, perSecond: 0.5 },
  strangers: { burst: 400, perSecond: 20 },
  failures: { burst: 1, perSecond: 1 },
} as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const files: ReadonlyMap<string, { readonly text: string; readonly contentType: string }> = new Map([
  ["/people/enrol", { text: ENROL_PAGE, contentType: "text/html; charset=utf-8" }],
  ["/people/enrol.js", { text: ENROL_SCRIPT, contentType: "text/javascript; charset=utf-8" }],
  ["/people/page.css", { text: PAGE_STYLE, contentType: "text/css; charset=utf-8" }],
]);

const base64url = (max: number) => ({ min: 1, max, pattern: /^[A-Za-z0-9_-]+$/ });

function readCode(value: unknown): string {
  return readString(value, "/code", { min: 1, max: MAX_CODE_CHARS });
}

type Post = (body: JsonValue, ports: PeoplePagesPorts) => Promise<JsonAnswer> | JsonAnswer;

const posts: ReadonlyMap<string, Post> = new Map<string, Post>([
  [
    "/people/enrol/begin",
    (body, { people, party }) =>
      okAnswer(beginEnrolment(people, party, readCode(readObject(body, "", ["code"]).code))),
  ],
  [
    "/people/enrol/finish",
    async (body, { people, party }) => {
      const sent = readObject(body, "", ["code", "id", "client_data", "attestation_object"]);
      const response = {
        id: readString(sent.id, "/id", base64url(MAX_ID_CHARS)),
        clientData: readString(sent.client_data, "/client_data", base64url(8192)),
        attestationObject: readString(sent.attestation_object, "/attestation_object", base64url(24_576)),
      };
      const passkey = await finishEnrolment(people, party, { code: readCode(sent.code), response });
      const name = people.person(passkey.person)?.name ?? "";
      return okAnswer({ name, authenticator: passkey.authenticator }, 201);
    },
  ],
]);

async function readJson(request: IncomingMessage): Promise<JsonValue> {
  // A foreign page can send any other type without being asked first.
  if (request.headers["content-type"] !== "application/json")
    throw new NarrowgateError("malformed_input", "the content type must be application/json");
  return parseStrictJson(await readBody(request, MAX_BODY_BYTES), { maxBytes: MAX_BODY_BYTES, maxDepth: 4 });
}

async function answerPost(
  request: IncomingMessage,
  post: Post,
  { ports, door }: { readonly ports: PeoplePagesPorts; readonly door: Door },
): Promise<Answer> {
  // A page always sends Origin with this method; without it the request is none of our pages'.
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

async function answerTo(
  request: IncomingMessage,
  room: { readonly ports: PeoplePagesPorts; readonly door: Door },
): Promise<Answer> {
  if (!isOwnOrigin(request, room.ports.party.origin)) return errorAnswer("origin_refused");
  const [path = "", query] = (request.url ?? "").split("?", 2);
  const file = files.get(path);
  const post = posts.get(path);
  // INVARIANT: no query is taken, so that no code stands in one.
  if ((file === undefined && post === undefined) || query !== undefined) return errorAnswer("not_found");
  const allow = file === undefined ? "POST" : "GET";
  if (request.method !== allow) return { ...errorAnswer("method_not_allowed"), headers: { allow } };
  if (post !== undefined) return answerPost(request, post, room);
  const { text = "", contentType = "text/plain" } = file ?? {};
  return { status: 200, bytes: Buffer.from(text), contentType };
}

function setHeaders(response: ServerResponse): void {
  response.setHeader("content-security-policy", POLICY);
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("x-frame-options", "DENY");
}

/** Serves the enrolment of passkeys under a strict content security policy. */
export function createPeoplePages(ports: PeoplePagesPorts): PeoplePages {
  const room = { ports, door: createDoor(ports.clock, RATES) };
  return {
    owns: (path) => files.has(path) || posts.has(path),
    handle(request, response) {
      setHeaders(response);
      answerTo(request, room)
        .then((answer) => {
          if (!request.complete) response.shouldKeepAlive = false;
          if ("bytes" in answer) sendBytes(response, answer);
          else sendJson(response, answer);
        })
        .catch(ports.report);
    },
  };
}
