import type { IncomingMessage, ServerResponse } from "node:http";
import { NarrowgateError } from "@narrowgate/kernel";
import { isOwnOrigin } from "../platform/http/check-origin.ts";
import { createDoor, type Door } from "../platform/http/door.ts";
import {
  type BytesAnswer,
  errorAnswer,
  type JsonAnswer,
  sendBytes,
  sendJson,
  thrownAnswer,
} from "../platform/http/json-answer.ts";
import { readBody } from "../platform/http/read-body.ts";
import { sourceOf } from "../platform/http/source-address.ts";
import type { AskProvider } from "./ask-provider.ts";
import { authorize, passBrowserOn } from "./authorize.ts";
import { answerConsent, type PageAnswer, showConsent } from "./browser-consent.ts";
import { type OwnConsentsRoom, ownConsents, withdrawOwn } from "./own-consents.ts";
import { CONSENT_PATH, CONSENTS_PATH, STYLE, STYLE_PATH } from "./pages.ts";
import { answerWaiting, showWaiting, type WaitingRoom } from "./waiting-consent.ts";

/** What strangers may begin: each request that begins is kept for minutes. */
const RATES = {
  source: { burst: 60, perSecond: 1 },
  strangers: { burst: 1_000, perSecond: 20 },
  failures: { burst: 1, perSecond: 1 },
} as const;

/** What the pages stand on. */
export interface SiteRoom extends WaitingRoom, OwnConsentsRoom {
  readonly ask: AskProvider;
}

/** A page with a form of ours, or an address browsers are led through. */
export interface ConsentSite {
  /** Whether a path (without query) is one of ours. */
  owns(path: string): boolean;
  /** Answers one request. Never throws; the answer is always ended. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

type SiteAnswer = JsonAnswer | (PageAnswer & { readonly cookies?: readonly string[] });

const MAX_FORM_BYTES = 32 * 1024;
const FORM_TYPE = "application/x-www-form-urlencoded";
const AUTHORIZE = "/authorize";

interface Asked {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly query: URLSearchParams;
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  if (request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() !== FORM_TYPE)
    throw new NarrowgateError("malformed_input", `the content type must be ${FORM_TYPE}`);
  return new URLSearchParams(Buffer.from(await readBody(request, MAX_FORM_BYTES)).toString("utf8"));
}

/** Takes one of what a source may begin. */
function turnedAway(request: IncomingMessage, door: Door): SiteAnswer | undefined {
  const admission = door.admit({ source: sourceOf(request.socket.remoteAddress) });
  if (admission.kind === "turned_away") {
    const headers = { "retry-after": String(admission.retryAfterSeconds) };
    return { ...errorAnswer("too_many_requests", "too many requests from where you are"), headers };
  }
  // To begin costs, whatever comes of it: a door counts what fails.
  admission.settle(400);
  return undefined;
}

/** Browsers are led here by foreign pages: no Origin is asked for, and nothing is changed but what begins. */
async function answerAuthorize(
  { request, path, query }: Asked,
  { ask, door }: SiteRoom & { readonly door: Door },
): Promise<SiteAnswer> {
  const { method, headers } = request;
  const { cookie } = headers;
  const isBegin = path === AUTHORIZE;
  if (method !== "GET" && !(isBegin && method === "POST")) return errorAnswer("method_not_allowed");
  if (!isBegin) return passBrowserOn(ask, { method: "GET", path, cookie });
  const away = turnedAway(request, door);
  if (away !== undefined) return away;
  return authorize(method === "POST" ? await readForm(request) : query, cookie, ask);
}

/** INVARIANT: what changes something comes from our own origin, and says so. */
function isForeign(request: IncomingMessage): boolean {
  return request.method !== "GET" && request.headers.origin === undefined;
}

async function answerPage({ request, path, query }: Asked, room: SiteRoom): Promise<SiteAnswer> {
  const waiting = `${CONSENTS_PATH}/waiting/`;
  const isWaiting = path.startsWith(waiting);
  const id = path.slice(isWaiting ? waiting.length : `${CONSENT_PATH}/`.length);
  if (request.method === "GET")
    return isWaiting ? showWaiting(id, { request, query }, room) : showConsent(id, { request, query }, room);
  if (request.method !== "POST") return errorAnswer("method_not_allowed");
  const form = await readForm(request);
  return isWaiting ? answerWaiting(id, { request, form }, room) : answerConsent(id, { request, form }, room);
}

async function answerApi({ request, path }: Asked, room: SiteRoom): Promise<SiteAnswer> {
  const method = path === CONSENTS_PATH ? "GET" : "POST";
  if (request.method !== method) return { ...errorAnswer("method_not_allowed"), headers: { allow: method } };
  return method === "GET"
    ? ownConsents(request, room)
    : withdrawOwn(request, await readBody(request, MAX_FORM_BYTES), room);
}

function style(): BytesAnswer {
  return { status: 200, bytes: Buffer.from(STYLE), contentType: "text/css; charset=utf-8" };
}

function answerTo(
  request: IncomingMessage,
  room: SiteRoom & { readonly door: Door },
): Promise<SiteAnswer> | SiteAnswer {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const asked = { request, path, query: new URLSearchParams(query) };
  if (isAuthorize(path)) {
    const isOwnHost = isOwnOrigin(request, room.ports.issuer, [request.headers.origin ?? ""]);
    return isOwnHost ? answerAuthorize(asked, room) : errorAnswer("origin_refused");
  }
  if (!isOwnOrigin(request, room.ports.issuer) || isForeign(request)) return errorAnswer("origin_refused");
  if (path === STYLE_PATH) return style();
  return isApi(path) ? answerApi(asked, room) : answerPage(asked, room);
}

function isAuthorize(path: string): boolean {
  return path === AUTHORIZE || path.startsWith(`${AUTHORIZE}/`);
}

function isApi(path: string): boolean {
  return path === CONSENTS_PATH || path === `${CONSENTS_PATH}/withdraw`;
}

function isPage(path: string): boolean {
  const [, id] = /^\/people\/(?:consent|consents\/waiting)\/([A-Za-z0-9_-]{16,64})$/.exec(path) ?? [];
  return id !== undefined;
}

function setHeaders(response: ServerResponse, formTargets: readonly string[]): void {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    `form-action ${["'self'", ...formTargets].join(" ")}`,
  ];
  response.setHeader("content-security-policy", policy.join("; "));
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  // Not `no-referrer`: then browsers would send forms of ours without their origin. Nothing of ours leaves it anyway.
  response.setHeader("referrer-policy", "same-origin");
  response.setHeader("x-frame-options", "DENY");
}

function send(response: ServerResponse, answer: SiteAnswer): void {
  if (!("bytes" in answer)) {
    setHeaders(response, []);
    sendJson(response, answer);
    return;
  }
  setHeaders(response, answer.formTargets ?? []);
  if (answer.cookies !== undefined && answer.cookies.length > 0)
    response.setHeader("set-cookie", [...answer.cookies]);
  sendBytes(response, answer);
}

/** Serves the authorization endpoint and the pages people answer on, all on our own origin. */
export function createConsentSite(parts: SiteRoom): ConsentSite {
  const room = { ...parts, door: createDoor(parts.ports.clock, RATES) };
  return {
    owns: (path) => isAuthorize(path) || isApi(path) || isPage(path) || path === STYLE_PATH,
    handle(request, response) {
      Promise.resolve()
        .then(() => answerTo(request, room))
        .catch((error: unknown) => {
          const answer = thrownAnswer(error);
          if (answer.status >= 500) room.ports.report(error);
          return answer;
        })
        .then((answer) => {
          if (!request.complete) response.shouldKeepAlive = false;
          send(response, answer);
        })
        .catch(room.ports.report);
    },
  };
}
