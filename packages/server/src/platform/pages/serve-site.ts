import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Clock,
  isNarrowgateError,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
} from "@narrowgate/kernel";
import { isOwnOrigin } from "../http/check-origin.ts";
import { createDoor, type Door } from "../http/door.ts";
import {
  type BytesAnswer,
  errorAnswer,
  type JsonAnswer,
  sendBytes,
  sendJson,
  thrownAnswer,
} from "../http/json-answer.ts";
import { readBody } from "../http/read-body.ts";
import { type RouteKey, routeTable } from "../http/route-table.ts";
import { sourceOf } from "../http/source-address.ts";

/** What a handler gives. */
export type SiteAnswer = JsonAnswer | BytesAnswer;

/** A request after Host, Origin, size and JSON were checked. */
export interface SiteRequest {
  readonly params: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
  /** The Cookie header. */
  readonly cookie: string | undefined;
  /** Strict JSON; undefined where there is none. */
  readonly body: JsonValue | undefined;
}

/** One address of a site. */
export interface SiteRoute extends RouteKey {
  /** Whether a query may stand there; else a request with one is not found, so that no secret comes to stand in one. */
  readonly takesQuery?: boolean;
  /** Whether failures are counted against whoever asks. */
  readonly isCounted?: boolean;
  /** Whether it begins something that is kept for minutes: then it costs who asks, whatever comes of it. */
  readonly begins?: boolean;
  /** What is sent where the handler throws; absent: JSON. */
  readonly failed?: (error: unknown) => SiteAnswer;
  readonly answer: (request: SiteRequest) => Promise<SiteAnswer> | SiteAnswer;
}

/** Pages and what they call, on one origin. */
export interface Site {
  /** Whether a path (without query) is one of ours. */
  owns(path: string): boolean;
  /** Answers one request. Never throws; the answer is always ended. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** What a site stands on. */
export interface SitePorts {
  readonly clock: Clock;
  /** Origin it is served from. */
  readonly origin: string;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

/** An attestation object with a chain of certificates is some kilobytes. */
const MAX_BODY_BYTES = 48 * 1024;
/** Failures of one source and of all. What succeeds costs nothing. */
const RATES = {
  source: { burst: 20, perSecond: 0.5 },
  strangers: { burst: 400, perSecond: 20 },
  failures: { burst: 1, perSecond: 1 },
} as const;

/** What one source, and all together, may begin. */
const BEGIN_RATES = {
  source: { burst: 60, perSecond: 1 },
  strangers: { burst: 1_000, perSecond: 20 },
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
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Passkeys are asked for by these pages alone, and nothing else of the device. */
const PERMISSIONS =
  "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()";

/** A fixed text as an answer. */
export function textAnswer(text: string, contentType: string, status = 200): BytesAnswer {
  return { status, bytes: Buffer.from(text), contentType: `${contentType}; charset=utf-8` };
}

async function readJson(request: IncomingMessage): Promise<JsonValue | undefined> {
  const bytes = await readBody(request, MAX_BODY_BYTES);
  if (bytes.length === 0) return undefined;
  // A foreign page can send any other type without being asked first.
  if (request.headers["content-type"] !== "application/json")
    throw new NarrowgateError("malformed_input", "the content type must be application/json");
  return parseStrictJson(bytes, { maxBytes: MAX_BODY_BYTES, maxDepth: 4 });
}

function setHeaders(response: ServerResponse): void {
  response.setHeader("content-security-policy", POLICY);
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("permissions-policy", PERMISSIONS);
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("x-frame-options", "DENY");
}

class SiteRoom {
  readonly #ports: SitePorts;
  readonly #door: Door;
  readonly #beginDoor: Door;
  readonly table: ReturnType<typeof routeTable<SiteRoute>>;

  constructor(routes: readonly SiteRoute[], ports: SitePorts) {
    this.#ports = ports;
    this.#door = createDoor(ports.clock, RATES);
    this.#beginDoor = createDoor(ports.clock, BEGIN_RATES);
    this.table = routeTable(routes);
  }

  async answer(request: IncomingMessage): Promise<SiteAnswer> {
    if (!isOwnOrigin(request, this.#ports.origin)) return errorAnswer("origin_refused");
    const [path = "", ...rest] = (request.url ?? "").split("?");
    const found = this.table.match(request.method ?? "", path);
    if (found.kind === "method_not_allowed")
      return { ...errorAnswer("method_not_allowed"), headers: { allow: found.allow.join(", ") } };
    if (found.kind === "not_found") return errorAnswer("not_found");
    const { route, params } = found;
    if (rest.length > 0 && route.takesQuery !== true) return errorAnswer("not_found");
    // A page always sends Origin with these methods; without it the request is none of our pages'.
    if (route.method !== "GET" && request.headers.origin === undefined) return errorAnswer("origin_refused");
    const query = new URLSearchParams(rest.join("?"));
    return this.#counted(request, route, async () => {
      const body = route.method === "GET" ? undefined : await readJson(request);
      return route.answer({ params, query, cookie: request.headers.cookie, body });
    });
  }

  async #counted(
    request: IncomingMessage,
    { isCounted, begins, failed = thrownAnswer }: SiteRoute,
    work: () => Promise<SiteAnswer>,
  ): Promise<SiteAnswer> {
    const guarded = (): Promise<SiteAnswer> =>
      work().catch((error: unknown) => {
        if (!isNarrowgateError(error) || thrownAnswer(error).status >= 500) this.#ports.report(error);
        return failed(error);
      });
    if (isCounted !== true && begins !== true) return guarded();
    const door = begins === true ? this.#beginDoor : this.#door;
    const admission = door.admit({ source: sourceOf(request.socket.remoteAddress) });
    if (admission.kind === "turned_away") {
      const headers = { "retry-after": String(admission.retryAfterSeconds) };
      return { ...errorAnswer("too_many_requests", "too many tries from where you are"), headers };
    }
    const answer = await guarded();
    // A door counts what fails.
    admission.settle(begins === true ? 400 : answer.status);
    return answer;
  }
}

/** Serves routes under a strict content security policy. The first that fits wins. */
export function createSite(routes: readonly SiteRoute[], ports: SitePorts): Site {
  const room = new SiteRoom(routes, ports);
  return {
    owns: (path) => room.table.match("", path).kind !== "not_found",
    handle(request, response) {
      setHeaders(response);
      room
        .answer(request)
        .then((answer) => {
          // What was refused unread must not be taken for the next request of the connection.
          if (!request.complete) response.shouldKeepAlive = false;
          if ("bytes" in answer) sendBytes(response, answer);
          else sendJson(response, answer);
        })
        .catch(ports.report);
    },
  };
}
