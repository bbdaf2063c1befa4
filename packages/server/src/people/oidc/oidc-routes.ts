import {
  type Clock,
  isNarrowgateError,
  type JsonObject,
  NarrowgateError,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { okAnswer } from "../../platform/http/json-answer.ts";
import {
  type SiteAnswer,
  type SiteRequest,
  type SiteRoute,
  textAnswer,
} from "../../platform/pages/serve-site.ts";
import { OpenOnce } from "../open-once.ts";
import { refusedPage } from "../page-texts.ts";
import type { People } from "../people.ts";
import type { Person } from "../ports.ts";
import { OwnCookie, type Sessions } from "../sessions.ts";
import type { Attempt, ProviderClient, ProviderWord } from "./provider-client.ts";
import { rolesFromClaims } from "./roles-from-claims.ts";

/** How long a person may take at the provider. */
const ATTEMPT_MS = 10 * 60_000;
const MAX_NAME = 128;

/** What signing in by a provider stands on. */
export interface OidcRoom {
  readonly clock: Clock;
  readonly origin: string;
  readonly people: People;
  readonly sessions: Sessions;
  readonly clients: readonly ProviderClient[];
}

function nameIn(claims: JsonObject): string {
  const { name, preferred_username: user, email } = claims;
  const text = [name, user, email].find((value) => typeof value === "string" && value !== "");
  return typeof text === "string" ? text.replace(/\p{Cc}/gu, " ").slice(0, MAX_NAME) : "unnamed";
}

/** Who it is here: enrolled before, linked, or enrolled now where the provider's settings say so. */
function personBehind(
  people: People,
  { settings }: ProviderClient,
  { identity, claims }: ProviderWord,
): Promise<Person> {
  const { mapping, enrols, issuer } = settings;
  const roles = mapping === undefined ? [] : rolesFromClaims(claims, mapping);
  return people.admit({ issuer, identity, roles, name: nameIn(claims), enrols });
}

function clientOf({ clients }: OidcRoom, id: string | undefined): ProviderClient {
  const client = clients.find(({ settings }) => settings.id === id);
  if (client !== undefined) return client;
  throw new NarrowgateError("not_found", "there is no such provider");
}

/** Nothing but a path on our own origin, so that no sign-in ends elsewhere. */
function readReturnTo(value: unknown): string {
  return readString(value, "/return_to", { min: 1, max: 512, pattern: /^\/(?![/\\])[\w\-./~%]*$/ });
}

function refusedAnswer(error: unknown): SiteAnswer {
  const code = isNarrowgateError(error) ? error.code : "internal_error";
  const status = isNarrowgateError(error) ? 403 : 500;
  return textAnswer(refusedPage(code), "text/html", status);
}

async function callback(
  room: OidcRoom,
  { params, query, cookie }: SiteRequest,
  attempt: Attempt | undefined,
): Promise<SiteAnswer> {
  const client = clientOf(room, params.get("provider"));
  // ORDER: the attempt is used up before anything is asked of the provider: an answer counts once, in the browser that began.
  if (attempt === undefined || attempt.provider !== client.settings.id)
    throw new NarrowgateError("sign_in_refused", "this browser began no such sign-in, or too long ago");
  const word = await client.finish(query.toString(), attempt);
  const person = await personBehind(room.people, client, word);
  const given = room.sessions.open(person.ref, "oidc", cookie);
  const headers = { location: attempt.returnTo, "set-cookie": given };
  return { status: 303, headers, bytes: new Uint8Array(), contentType: "text/plain; charset=utf-8" };
}

/** Signing in by a provider: the way out, and the way back. */
export function oidcRoutes(room: OidcRoom): readonly SiteRoute[] {
  const attempts = new OpenOnce<Attempt>(room.clock, ATTEMPT_MS);
  // Lax: the way back is a navigation from the provider's pages.
  const attemptCookie = new OwnCookie("attempt", room.origin, "Lax");
  return [
    {
      method: "POST",
      path: "/people/oidc/start",
      begins: true,
      async answer({ body }) {
        const sent = readObject(body, "", ["provider", "return_to"]);
        const client = clientOf(room, readString(sent.provider, "/provider", { max: 64 }));
        const { location, attempt } = await client.start(readReturnTo(sent.return_to));
        const given = attemptCookie.set(attempts.begin(attempt), ATTEMPT_MS);
        return { ...okAnswer({ location }), headers: { "set-cookie": given } };
      },
    },
    {
      method: "GET",
      path: "/people/oidc/{provider}/callback",
      takesQuery: true,
      isCounted: true,
      failed: refusedAnswer,
      answer: (request) => callback(room, request, attempts.take(attemptCookie.read(request.cookie) ?? "")),
    },
  ];
}
