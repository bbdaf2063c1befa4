import type { IncomingMessage } from "node:http";
import { isNarrowgateError, readObject, readString } from "@narrowgate/kernel";
import { errors } from "oidc-provider";
import type { BytesAnswer } from "../platform/http/json-answer.ts";
import { innerExchange } from "./ask-provider.ts";
import { ASKED_PARAMETER, readAsked } from "./asked-authority.ts";
import { CONSENT_PATH, consentPage, messagePage, passkeyPage, stepPage } from "./pages.ts";
import type { PersonHere, PortRefusal } from "./ports.ts";
import type { Prepared, PreparedConsents, Question } from "./prepared-consents.ts";
import { sayYes, type YesRoom } from "./say-yes.ts";

/** What the pages stand on. */
export interface BrowserRoom extends YesRoom {
  readonly prepared: PreparedConsents;
}

/** A page or a redirect, and where its form may lead. */
export interface PageAnswer extends BytesAnswer {
  /** Sources beside our own that the form may lead to. */
  readonly formTargets?: readonly string[];
}

const HTML = "text/html; charset=utf-8";
/** Says that the browser has come from our own ground. */
const HERE = "here";

/** A page as an answer. */
export function pageAnswer(text: string, status = 200): PageAnswer {
  return { status, bytes: Buffer.from(text), contentType: HTML };
}

/** A redirect after a form or on the way. 303, so that no form is sent on. @see RFC 9700 section 4.12 */
export function redirectAnswer(location: string): PageAnswer {
  return { ...pageAnswer("", 303), headers: { location } };
}

const GONE = messagePage(
  "This page is over",
  "It was not begun in this browser, or it was answered, or it took too long. Begin again where you came from.",
);

/** Reads the form of a page. Trust: attacker-controlled. */
export function readAnswer(
  form: URLSearchParams,
): { readonly token: string; readonly isYes: boolean } | undefined {
  const answer = form.get("answer");
  const token = form.get("token");
  if (token === null || token.length > 64 || (answer !== "yes" && answer !== "no")) return undefined;
  return { token, isYes: answer === "yes" };
}

/** Where a form may lead in the end: browsers hold redirects that follow a form to the same rule. */
export function formTargets({ redirectUri }: Question): readonly string[] {
  if (redirectUri === undefined) return [];
  const { origin, protocol } = new URL(redirectUri);
  return [origin === "null" ? protocol : origin];
}

/** The page for what was prepared. */
export function askPage({ question, shown, token }: Prepared): PageAnswer {
  return { ...pageAnswer(consentPage(shown, token)), formTargets: formTargets(question) };
}

/** Lets somebody sign in and come back; first from our own ground, where our cookies are sent. */
export function signInFirst(path: string, query: URLSearchParams, { browser }: YesRoom["ports"]): PageAnswer {
  return query.has(HERE)
    ? redirectAnswer(browser.signInUrl(path))
    : pageAnswer(stepPage(`${path}?${HERE}=1`));
}

/** Asks for a fresh passkey, and comes back. */
export function passkeyFirst(path: string, { browser }: YesRoom["ports"]): PageAnswer {
  return pageAnswer(passkeyPage(browser.signInUrl(path)));
}

type Exchange = ReturnType<typeof innerExchange>;

/** The interaction this browser began, and no other. */
async function findQuestion(
  uid: string,
  { request, response }: Exchange,
  room: BrowserRoom,
): Promise<Question | undefined> {
  const details = await room
    .provider()
    .interactionDetails(request, response)
    .catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    });
  if (details === undefined || details.uid !== uid) return undefined;
  const { params } = details;
  const known = readObject({ client: params["client_id"], redirect: params["redirect_uri"] }, "", [
    "client",
    "redirect",
  ]);
  return {
    id: uid,
    client: readString(known.client, "/client_id", { min: 1, max: 2048 }),
    redirectUri: readString(known.redirect, "/redirect_uri", { min: 1, max: 2048 }),
    asked: readAsked(params[ASKED_PARAMETER]),
  };
}

/** Leads the browser back to who asked, with a refusal. */
async function refuseBack(
  refusal: PortRefusal,
  { request, response }: Exchange,
  room: BrowserRoom,
): Promise<PageAnswer> {
  const { code, description } = refusal;
  const isOauth = /^invalid_(?:scope|target|authorization_details)$/.test(code);
  const result = {
    error: isOauth ? code : "access_denied",
    error_description: description ?? "the request was refused",
  };
  const options = { mergeWithLastSubmission: false };
  return redirectAnswer(await room.provider().interactionResult(request, response, result, options));
}

function exchangeOf(request: IncomingMessage, uid: string, room: BrowserRoom): Exchange {
  const path = `${CONSENT_PATH}/${uid}`;
  return innerExchange(room.ports.issuer, { method: "GET", path, cookie: request.headers.cookie });
}

/** GET of a consent page. */
export async function showConsent(
  uid: string,
  { request, query }: { readonly request: IncomingMessage; readonly query: URLSearchParams },
  room: BrowserRoom,
): Promise<PageAnswer> {
  const exchange = exchangeOf(request, uid, room);
  let question: Question | undefined;
  try {
    question = await findQuestion(uid, exchange, room);
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    const description = error.publicMessage;
    return refuseBack({ kind: "refused", code: "invalid_request", description }, exchange, room);
  }
  if (question === undefined) return pageAnswer(GONE, 400);
  const person = room.ports.browser.current(request);
  if (person === undefined) return signInFirst(`${CONSENT_PATH}/${uid}`, query, room.ports);
  const prepared = room.prepared.prepare(question, person);
  if ("kind" in prepared && prepared.code === "step_up_required")
    return passkeyFirst(`${CONSENT_PATH}/${uid}`, room.ports);
  return "kind" in prepared ? refuseBack(prepared, exchange, room) : askPage(prepared);
}

async function finish(
  taken: Prepared,
  person: PersonHere,
  { isYes, exchange }: { readonly isYes: boolean; readonly exchange: Exchange },
  room: BrowserRoom,
): Promise<PageAnswer> {
  if (!isYes) {
    const refusal = { kind: "refused", code: "consent_refused", description: "the person refused" } as const;
    return refuseBack(refusal, exchange, room);
  }
  const grantId = await sayYes(taken, person, room);
  const login = { accountId: person.ref, remember: false };
  const { request, response } = exchange;
  const options = { mergeWithLastSubmission: false };
  const result = { login, consent: { grantId } };
  return redirectAnswer(await room.provider().interactionResult(request, response, result, options));
}

/** POST of a consent page. The caller has checked that the form comes from our own origin. */
export async function answerConsent(
  uid: string,
  { request, form }: { readonly request: IncomingMessage; readonly form: URLSearchParams },
  room: BrowserRoom,
): Promise<PageAnswer> {
  const exchange = exchangeOf(request, uid, room);
  const person = room.ports.browser.current(request);
  const answer = readAnswer(form);
  // INVARIANT: three things make an answer: this browser began, this person is signed in, and this document was shown to her.
  const question = await findQuestion(uid, exchange, room);
  if (question === undefined || person === undefined || answer === undefined) return pageAnswer(GONE, 400);
  const taken = room.prepared.take(uid, person, answer.token);
  if (taken === undefined) return pageAnswer(GONE, 400);
  return finish(taken, person, { isYes: answer.isYes, exchange }, room);
}
