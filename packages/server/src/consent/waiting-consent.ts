import type { IncomingMessage } from "node:http";
import { errors } from "oidc-provider";
import {
  askPage,
  type BrowserRoom,
  type PageAnswer,
  pageAnswer,
  passkeyFirst,
  readAnswer,
  signInFirst,
} from "./browser-consent.ts";
import { CONSENTS_PATH, messagePage } from "./pages.ts";
import type { PersonHere } from "./ports.ts";
import type { Question } from "./prepared-consents.ts";
import { sayYes } from "./say-yes.ts";
import type { Waiting, WaitingRequests } from "./waiting-requests.ts";

/** What the pages stand on. */
export interface WaitingRoom extends BrowserRoom {
  readonly waiting: WaitingRequests;
}

const OVER = messagePage(
  "This request is over",
  "It was answered, or it took too long, or it was not for you.",
);

/** Address of the page of a request that waits. */
export function waitingPath(id: string): string {
  return `${CONSENTS_PATH}/waiting/${id}`;
}

function questionOf({ id, client, asked, message }: Waiting): Question {
  return { id, client, asked, ...(message === undefined ? {} : { message }) };
}

function findFor(id: string, person: PersonHere, { waiting }: WaitingRoom): Waiting | undefined {
  return waiting.of(person.ref).find((request) => request.id === id);
}

/** GET of the page of a request beside the browser. */
export function showWaiting(
  id: string,
  { request, query }: { readonly request: IncomingMessage; readonly query: URLSearchParams },
  room: WaitingRoom,
): PageAnswer {
  const person = room.ports.browser.current(request);
  if (person === undefined) return signInFirst(waitingPath(id), query, room.ports);
  const found = findFor(id, person, room);
  if (found === undefined) return pageAnswer(OVER, 404);
  const prepared = room.prepared.prepare(questionOf(found), person);
  if (!("kind" in prepared)) return askPage(prepared);
  if (prepared.code === "step_up_required") return passkeyFirst(waitingPath(id), room.ports);
  const text = prepared.description ?? "The agent asks for what it may not have.";
  return pageAnswer(messagePage("This cannot be allowed", text), 400);
}

/** POST of it. The caller has checked that the form comes from our own origin. */
export async function answerWaiting(
  id: string,
  { request, form }: { readonly request: IncomingMessage; readonly form: URLSearchParams },
  room: WaitingRoom,
): Promise<PageAnswer> {
  const person = room.ports.browser.current(request);
  const answer = readAnswer(form);
  const found = person === undefined ? undefined : findFor(id, person, room);
  if (person === undefined || answer === undefined || found === undefined) return pageAnswer(OVER, 400);
  const taken = room.prepared.take(id, person, answer.token);
  if (taken === undefined) return pageAnswer(OVER, 400);
  room.waiting.answered(id);
  const result = answer.isYes
    ? await sayYes(taken, person, room)
    : new errors.AccessDenied("the person refused");
  await room.provider().backchannelResult(found.authReqId, result);
  const said = answer.isYes ? "The agent may go on." : "The agent was refused.";
  return pageAnswer(messagePage("Your answer is recorded", `${said} You can close this page.`));
}
