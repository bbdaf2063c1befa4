import type { IncomingMessage } from "node:http";
import { NarrowgateError, readObject, readString } from "@narrowgate/kernel";
import { errorAnswer, okAnswer } from "../platform/http/json-answer.ts";
import { routeTable } from "../platform/http/route-table.ts";
import {
  type Answer,
  type ApiRequest,
  type ApiRoom,
  type ApiRoute,
  disclose,
  requireViewer,
} from "./api-route.ts";
import { assuranceRoutes } from "./assurance-api.ts";
import { houseRoutes } from "./house-api.ts";
import { readJsonBody } from "./json-body.ts";
import { policiesRoutes } from "./policies-api.ts";
import { rollRoutes } from "./roll-api.ts";
import { keepsCookiesPrivate } from "./viewer-sessions.ts";

const MAX_CODE_CHARS = 64;
const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 20;

/** All addresses below `/api/`, one row each. @see docs/reference/console-openapi.json */
export const API_ROUTES: readonly ApiRoute[] = [
  { method: "POST", path: "/api/session", answer: signIn },
  { method: "DELETE", path: "/api/session", answer: signOut },
  { method: "GET", path: "/api/transactions", answer: listAnswer },
  { method: "GET", path: "/api/transactions/{id}", answer: transactionAnswer },
  { method: "GET", path: "/api/transactions/{id}/bundle", answer: bundleAnswer },
  ...houseRoutes,
  ...policiesRoutes,
  ...rollRoutes,
  ...assuranceRoutes,
];
const table = routeTable(API_ROUTES);

/**
 * Answers a request below `/api/`. The caller has checked Host, and Origin where it was sent.
 * Trust: everything in the request is attacker-controlled.
 * @throws NarrowgateError, whose public message may be shown
 */
export async function answerApi(message: IncomingMessage, room: ApiRoom): Promise<Answer> {
  const [path = "", query = ""] = (message.url ?? "").split("?", 2);
  const found = table.match(message.method ?? "", path);
  if (found.kind === "not_found") return errorAnswer("not_found");
  if (found.kind === "method_not_allowed")
    return { ...errorAnswer("method_not_allowed"), headers: { allow: found.allow.join(", ") } };
  const { route, params } = found;
  // A page always sends Origin with these methods; without it the request is none of our pages'.
  if (route.method !== "GET" && message.headers.origin === undefined) return errorAnswer("origin_refused");
  return route.answer({ message, params, query: new URLSearchParams(query) }, room);
}

async function signIn({ message }: ApiRequest, { ports, sessions }: ApiRoom): Promise<Answer> {
  if (!keepsCookiesPrivate(ports.baseUrl))
    return errorAnswer("posture_refused", "over a network the pages take no sign-in without TLS");
  const body = await readJsonBody(message);
  const code = readString(readObject(body, "", ["code"]).code, "/code", { min: 1, max: MAX_CODE_CHARS });
  const viewer = ports.checkViewerCode(code);
  if (viewer === undefined) return errorAnswer("join_code_invalid", "the code is wrong, used or expired");
  return { ...okAnswer({ signedIn: true }), headers: { "set-cookie": sessions.open(viewer) } };
}

async function signOut({ message }: ApiRequest, { ports, sessions }: ApiRoom): Promise<Answer> {
  // Whichever way somebody came in, this is the way out.
  ports.signOutPerson?.(message.headers.cookie);
  return {
    ...okAnswer({ signedIn: false }),
    headers: { "set-cookie": sessions.end(message.headers.cookie) },
  };
}

function readLimit(query: URLSearchParams): number {
  const text = query.get("limit") ?? String(DEFAULT_LIMIT);
  const limit = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    throw new NarrowgateError("malformed_input", `limit must be 1 to ${MAX_LIMIT}`);
  return limit;
}

async function listAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const limit = readLimit(request.query);
  const after = request.query.get("after");
  if (after !== null && !/^[\w./-]{1,128}$/.test(after))
    throw new NarrowgateError("malformed_input", "after must be what the page before it said");
  const read = await room.ports.listTransactions({ limit, ...(after === null ? {} : { after }) });
  if (read === undefined) return okAnswer({ transactions: [] });
  return okAnswer(await disclose(read, viewer, room));
}

async function transactionAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.readTransaction(transactionId(request));
  return okAnswer(await disclose(read, viewer, room));
}

async function bundleAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.exportBundle(transactionId(request));
  const bytes = await disclose(read, viewer, room);
  return { status: 200, bytes, contentType: "application/json" };
}

function transactionId({ params }: ApiRequest): string {
  const id = params.get("id") ?? "";
  if (!/^[\w-]{22}\.[\w-]{22}$/.test(id))
    throw new NarrowgateError("not_found", "there is no such transaction");
  return id;
}
