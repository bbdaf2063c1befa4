import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Admission } from "../platform/http/door.ts";
import { errorAnswer, type JsonAnswer, sendJson, thrownAnswer } from "../platform/http/json-answer.ts";
import { readBody } from "../platform/http/read-body.ts";
import { type RouteKey, routeTable } from "../platform/http/route-table.ts";

/** Largest body of a request that is not for the gate, in bytes: two tokens, two assertions and details fit. */
const MAX_BODY_BYTES = 64 * 1024;

/** A request of the public side, with its body read and its headers reduced to what a room may need. */
export interface PublicRequest {
  readonly body: Uint8Array;
  /** The DPoP header, when there was exactly one. */
  readonly dpop: string | undefined;
  /** The Content-Type header, when there was exactly one. */
  readonly contentType: string | undefined;
  readonly path: string;
}

/** One address of the public side. */
export interface PublicRoute extends RouteKey {
  readonly answer: (request: PublicRequest) => Promise<JsonAnswer> | JsonAnswer;
  /** Key that a request without possession proof names; not verified. */
  readonly keyOf?: (request: PublicRequest) => string | undefined;
  /** The form of what is thrown on the way to the answer; absent: that of our own API. */
  readonly failed?: (error: unknown) => JsonAnswer;
}

/** An address that answers with bytes as they are (the public log). */
export interface RawRoute {
  readonly prefix: string;
  /** Work is done here for who has not shown who they are: their number is bounded. */
  readonly isGuarded?: boolean;
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
}

function singleHeader(req: IncomingMessage, name: "dpop" | "content-type"): string | undefined {
  const { rawHeaders } = req;
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length !== name.length || rawHeaders[at]?.toLowerCase() !== name) continue;
    if (found !== undefined) return undefined;
    found = rawHeaders[at + 1];
  }
  // Somebody on the way may have joined repeated headers with a comma; these two hold none of their own.
  return found?.includes(",") === false ? found : undefined;
}

/**
 * Who is let in.
 * @param proof - the DPoP header, as sent; @param key - what the request names where there is none
 */
export type Guard = (
  req: IncomingMessage,
  named: { readonly proof: string | undefined; readonly key?: string | undefined },
) => Admission;

type TurnedAway = Extract<Admission, { kind: "turned_away" }>;

function turnedAway({ retryAfterSeconds }: TurnedAway, failed = thrownAnswer): JsonAnswer {
  const answer = failed(new NarrowgateError("too_many_requests", "too many requests from where you are"));
  return { ...answer, headers: { ...answer.headers, "retry-after": String(retryAfterSeconds) } };
}

/** Sends an answer. What was refused unread must not be taken for the next request of the connection. */
function send(req: IncomingMessage, res: ServerResponse, answer: JsonAnswer): void {
  if (!req.complete) res.shouldKeepAlive = false;
  sendJson(res, answer);
}

const BROKEN_OFF = 499;

/** Hands a request to a raw address, once it is let in. */
function handDirect(
  { isGuarded, handle }: RawRoute,
  req: IncomingMessage,
  res: ServerResponse,
  guard: Guard,
): void {
  const admission = isGuarded === true ? guard(req, { proof: singleHeader(req, "dpop") }) : undefined;
  if (admission?.kind === "turned_away") {
    send(req, res, turnedAway(admission));
    return;
  }
  // Who breaks off before the answer has had the work done all the same.
  if (admission !== undefined)
    res.once("close", () => admission.settle(res.headersSent ? res.statusCode : BROKEN_OFF));
  handle(req, res);
}

/**
 * The public listener: raw addresses first (gate, log, pages), then JSON routes.
 * ORDER: a body is read before anybody is turned away, because it can name the key; its size and time are bounded.
 * @param onFault - told of what is our own fault; never of input
 */
export function publicFront(
  routes: readonly PublicRoute[],
  raw: readonly RawRoute[],
  { guard, onFault }: { readonly guard: Guard; readonly onFault: (cause: unknown) => void },
): RequestListener {
  const table = routeTable(routes);
  const failedAnswer = (error: unknown, failed = thrownAnswer): JsonAnswer => {
    const answer = failed(error);
    if (answer.status >= 500) onFault(error);
    return answer;
  };
  const answerRoute = async (req: IncomingMessage, path: string, route: PublicRoute): Promise<JsonAnswer> => {
    const reads = route.method === "GET";
    const body = reads ? new Uint8Array() : await readBody(req, MAX_BODY_BYTES);
    const [dpop, contentType] = [singleHeader(req, "dpop"), singleHeader(req, "content-type")];
    const request = { body, dpop, contentType, path };
    if (reads) return route.answer(request);
    const admission = guard(req, {
      proof: dpop,
      key: dpop === undefined ? route.keyOf?.(request) : undefined,
    });
    if (admission.kind === "turned_away") return turnedAway(admission, route.failed);
    const answer = await Promise.resolve(route.answer(request)).catch((error: unknown) =>
      failedAnswer(error, route.failed),
    );
    admission.settle(answer.status);
    return answer;
  };
  const serve = async (req: IncomingMessage, path: string): Promise<JsonAnswer> => {
    const found = table.match(req.method ?? "", path);
    if (found.kind === "not_found") return errorAnswer("not_found");
    if (found.kind === "method_not_allowed")
      return { ...errorAnswer("method_not_allowed"), headers: { allow: found.allow.join(", ") } };
    const { route } = found;
    return answerRoute(req, path, route).catch((error: unknown) => failedAnswer(error, route.failed));
  };
  return (req, res) => {
    const [path = "/"] = (req.url ?? "/").split("?", 1);
    const direct = raw.find(
      ({ prefix }) => path === prefix || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`),
    );
    if (direct !== undefined) {
      handDirect(direct, req, res, guard);
      return;
    }
    serve(req, path)
      .then((answer) => send(req, res, answer))
      .catch(onFault);
  };
}
