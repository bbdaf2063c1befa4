import type { IncomingMessage } from "node:http";
import { NarrowgateError } from "@narrowgate/kernel";
import type { BytesAnswer, JsonAnswer } from "../platform/http/json-answer.ts";
import type { RouteKey } from "../platform/http/route-table.ts";
import type { Disclosure, Viewer } from "./disclosure.ts";
import type { PagesPorts } from "./ports.ts";
import type { ViewerSessions } from "./viewer-sessions.ts";

/** What the handlers stand on. */
export interface ApiRoom {
  readonly ports: PagesPorts;
  readonly sessions: ViewerSessions;
}

/** What a handler gives. */
export type Answer = JsonAnswer | BytesAnswer;

/** A request whose path is one of ours. Trust: everything in it is attacker-controlled. */
export interface ApiRequest {
  readonly message: IncomingMessage;
  readonly params: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
}

/** One address below `/api/`. */
export type ApiRoute = RouteKey & {
  readonly answer: (request: ApiRequest, room: ApiRoom) => Promise<Answer>;
};

/** Whoever is signed in and may read evidence. @throws `invalid_token`, `sign_in_refused` */
export function requireViewer({ message }: ApiRequest, { ports, sessions }: ApiRoom): Viewer {
  const viewer = sessions.find(message.headers.cookie);
  if (viewer !== undefined && ports.isViewerCurrent(viewer)) return viewer;
  const person = ports.personViewer?.(message.headers.cookie);
  if (person === undefined) throw new NarrowgateError("invalid_token", "sign in with a code first");
  return person;
}

/**
 * What was read, once the reading is on record.
 * ORDER: the reading is durable before a byte of it is given out (evidence.md E-2).
 * @throws `not_found` when there is nothing, `evidence_unavailable`
 */
export async function disclose<T>(
  read: Disclosure<T> | undefined,
  viewer: Viewer,
  { ports }: ApiRoom,
): Promise<T> {
  if (read === undefined) throw new NarrowgateError("not_found", "there is no such transaction");
  await ports.recordRead(viewer, { from: read.from, count: read.count });
  return read.content;
}
