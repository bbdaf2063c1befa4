import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
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
}

/** An address that answers with bytes as they are (the public log). */
export interface RawRoute {
  readonly prefix: string;
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
}

function singleHeader(req: IncomingMessage, name: "dpop" | "content-type"): string | undefined {
  const values = req.headersDistinct[name];
  // Somebody on the way may have joined repeated headers with a comma; these two hold none of their own.
  return values?.length === 1 && values[0]?.includes(",") === false ? values[0] : undefined;
}

/**
 * The public listener: raw addresses first (gate, log, pages), then JSON routes.
 * @param onFault - told of what is our own fault; never of input
 */
export function publicFront(
  routes: readonly PublicRoute[],
  raw: readonly RawRoute[],
  onFault: (cause: unknown) => void,
): RequestListener {
  const table = routeTable(routes);
  const serve = async (req: IncomingMessage, path: string): Promise<JsonAnswer> => {
    const found = table.match(req.method ?? "", path);
    if (found.kind === "not_found") return errorAnswer("not_found");
    if (found.kind === "method_not_allowed")
      return { ...errorAnswer("method_not_allowed"), headers: { allow: found.allow.join(", ") } };
    const body = found.route.method === "GET" ? new Uint8Array() : await readBody(req, MAX_BODY_BYTES);
    const [dpop, contentType] = [singleHeader(req, "dpop"), singleHeader(req, "content-type")];
    return found.route.answer({ body, dpop, contentType, path });
  };
  return (req, res) => {
    const [path = "/"] = (req.url ?? "/").split("?", 1);
    const direct = raw.find(
      ({ prefix }) => path === prefix || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`),
    );
    if (direct !== undefined) {
      direct.handle(req, res);
      return;
    }
    serve(req, path)
      .catch((error: unknown) => {
        const answer = thrownAnswer(error);
        if (answer.status >= 500) onFault(error);
        return answer;
      })
      .then((answer) => sendJson(res, answer))
      .catch(onFault);
  };
}
