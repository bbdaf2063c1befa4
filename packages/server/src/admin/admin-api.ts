import type { IncomingMessage, ServerResponse } from "node:http";
import { isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonValue, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { isOwnOrigin } from "../platform/http/check-origin.ts";
import { errorAnswer, sendBytes, sendJson, thrownAnswer } from "../platform/http/json-answer.ts";
import { readBody } from "../platform/http/read-body.ts";
import { routeTable } from "../platform/http/route-table.ts";
import type { SeenRequest, SignedRequest } from "./ports/signed-request.ts";
import type { AdminPorts } from "./ports.ts";
import type { AdminRequest, Answer, Route } from "./route.ts";
import { SMALL } from "./route.ts";
import { ADMIN_ROUTES } from "./routes.ts";

/** Header that carries the operator's signature over a request: one compact JWS. */
export const SIGNATURE_HEADER = "narrowgate-operator";

/**
 * Where a request came in. `socket`: the Unix socket, which only its owner can open. `origin`: TCP, where there is nothing
 * but reading, and all that is not public is signed.
 */
export type AdminDoor = "socket" | "origin";

/** The API that CLI and console speak. */
export interface AdminApi {
  /** Answers one request; never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, door: AdminDoor): Promise<void>;
}

const table = routeTable(ADMIN_ROUTES);
const reading = routeTable(ADMIN_ROUTES.filter(({ method }) => method === "GET"));
const maxTarget = 4096;

interface Target {
  /** As sent, with the query. */
  readonly sent: string;
  readonly path: string;
  readonly query: string;
}

/** TRUST: the request line is the sender's; only the plain form `/path?query` is taken. */
function targetOf(request: IncomingMessage): Target {
  const sent = request.url ?? "";
  if (!sent.startsWith("/") || sent.length > maxTarget || sent.includes("#")) {
    throw new NarrowgateError("not_found", "there is nothing at this address");
  }
  const at = sent.indexOf("?");
  return at === -1
    ? { sent, path: sent, query: "" }
    : { sent, path: sent.slice(0, at), query: sent.slice(at + 1) };
}

function readQuery(text: string, allowed: readonly string[]): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (!allowed.includes(name) || query.has(name)) {
      throw new NarrowgateError("malformed_input", "the query holds an unknown parameter, or one twice");
    }
    query.set(name, value);
  }
  return query;
}

function readJson(request: IncomingMessage, bytes: Uint8Array, limits: typeof SMALL): JsonValue | undefined {
  if (bytes.length === 0) return undefined;
  // A page in a browser can send any other type without being asked first.
  if (request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") {
    throw new NarrowgateError("malformed_input", "send the body as application/json");
  }
  return parseStrictJson(bytes, { maxBytes: limits.maxBodyBytes, maxKeys: limits.maxKeys });
}

function signatureOf(request: IncomingMessage): string | undefined {
  const values = request.headersDistinct[SIGNATURE_HEADER];
  if (values !== undefined && values.length > 1) {
    throw new NarrowgateError("operator_signature_invalid", "the request is signed twice");
  }
  return values?.[0];
}

async function signerOf(
  request: IncomingMessage,
  seen: SeenRequest,
  { operators }: AdminPorts,
): Promise<SignedRequest | undefined> {
  const jws = signatureOf(request);
  return jws === undefined ? undefined : operators.verify(jws, seen);
}

function needed(signer: SignedRequest | undefined): SignedRequest {
  if (signer !== undefined) return signer;
  throw new NarrowgateError("operator_signature_invalid", "this request has to be signed by an operator");
}

async function dispatch(route: Route, request: AdminRequest, call: Call): Promise<Answer> {
  const { ports, door } = call;
  if (route.access === "public") return route.handle(request, ports);
  const signer = await signerOf(call.request, request.seen, ports);
  if (route.access === "optional") {
    return route.handle(signer === undefined ? request : { ...request, signer }, ports);
  }
  if (route.access === "signed") return route.handle({ ...request, signer: needed(signer) }, ports);
  if (door === "origin") needed(signer);
  return route.handle(signer === undefined ? request : { ...request, signer }, ports);
}

interface Call {
  readonly request: IncomingMessage;
  readonly door: AdminDoor;
  readonly ports: AdminPorts;
}

async function answer(call: Call): Promise<Answer> {
  const { request, door, ports } = call;
  if (door === "origin" && !isOwnOrigin(request, ports.origin)) return errorAnswer("origin_refused");
  const target = targetOf(request);
  const method = request.method ?? "";
  const found = (door === "socket" ? table : reading).match(method, target.path);
  if (found.kind === "not_found") return errorAnswer("not_found");
  if (found.kind === "method_not_allowed") {
    return { ...errorAnswer("method_not_allowed"), headers: { allow: found.allow.join(", ") } };
  }
  const { route, params } = found;
  const limits = route.limits ?? SMALL;
  const body = await readBody(request, limits.maxBodyBytes);
  const seen = { method, path: target.sent, body };
  const query = readQuery(target.query, route.query ?? []);
  return dispatch(route, { params, query, body: readJson(request, body, limits), seen }, call);
}

/** What is refused because of who signed it, or because nobody did. */
const REFUSALS: ReadonlySet<string> = new Set([
  "join_code_invalid",
  "operator_signature_invalid",
  "operator_unknown",
]);

/**
 * Puts a refusal on record at the socket, which only its owner can open. Strangers on the network leave nothing.
 */
function recordRefusal(error: unknown, { request, door, ports }: Call): void {
  if (door !== "socket" || !isNarrowgateError(error) || !isErrorCode(error.code)) return;
  if (!REFUSALS.has(error.code)) return;
  const [path = ""] = (request.url ?? "").split("?", 1);
  ports.recordRefusal({ code: error.code, method: request.method ?? "", path });
}

function isOurFault(error: unknown): boolean {
  return !isNarrowgateError(error) || error.code === "internal_error";
}

/**
 * Makes the admin API. Compose decides where it listens.
 * Trust: over the socket, whoever may open it (mode 0600); over TCP, nobody. Either way a write counts by its signature.
 */
export function createAdminApi(ports: AdminPorts): AdminApi {
  return {
    async handle(request, response, door) {
      const result = await answer({ request, door, ports }).catch((error: unknown) => {
        // The query may hold ids; the path is enough to find the fault.
        const path = (request.url ?? "").split("?", 1)[0] ?? "";
        if (isOurFault(error)) ports.report({ method: request.method ?? "", path, cause: error });
        recordRefusal(error, { request, door, ports });
        return thrownAnswer(error);
      });
      // What was refused unread must not be taken for the next request of the connection.
      if (!request.complete) response.shouldKeepAlive = false;
      if ("bytes" in result) sendBytes(response, result);
      else sendJson(response, result);
    },
  };
}
