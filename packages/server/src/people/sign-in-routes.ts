import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { type SiteRequest, type SiteRoute, textAnswer } from "../platform/pages/serve-site.ts";
import { SIGN_IN_PAGE, SIGN_IN_SCRIPT } from "./page-texts.ts";
import type { People } from "./people.ts";
import type { Person } from "./ports.ts";
import { readAssertion } from "./read-ceremony.ts";
import type { Session, Sessions } from "./sessions.ts";
import { beginUse, finishUse, type PasskeyCeremonies } from "./use-passkey.ts";

/** What signing in stands on. */
export interface SignInRoom {
  readonly people: People;
  readonly sessions: Sessions;
  /** Absent where the host name of the console is none its passkeys could be bound to. */
  readonly ceremonies?: PasskeyCeremonies;
  /** Providers one can sign in with. */
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

function ceremoniesOf({ ceremonies }: SignInRoom): PasskeyCeremonies {
  if (ceremonies !== undefined) return ceremonies;
  throw new NarrowgateError(
    "posture_refused",
    "no passkey can be used at this address; see the configuration",
  );
}

function needSession(
  { people, sessions }: SignInRoom,
  cookie: string | undefined,
): Session & { readonly who: Person } {
  const session = sessions.find(cookie);
  const who = session === undefined ? undefined : people.person(session.person);
  if (session === undefined || who === undefined) throw new NarrowgateError("invalid_token", "sign in first");
  return { ...session, who };
}

function personJson({ ref, name, roles }: Person): JsonObject {
  return { ref, name, roles: [...roles] };
}

const passkeyRoutes = (room: SignInRoom): readonly SiteRoute[] => [
  {
    method: "POST",
    path: "/people/sign-in/begin",
    begins: true,
    answer: () => okAnswer({ options: beginUse(ceremoniesOf(room)) }),
  },
  {
    method: "POST",
    path: "/people/sign-in/finish",
    isCounted: true,
    async answer({ body, cookie }) {
      const { person } = await finishUse(ceremoniesOf(room), readAssertion(body));
      const who = room.people.person(person);
      if (who === undefined)
        throw new NarrowgateError("passkey_refused", "this passkey is not enrolled here");
      const given = room.sessions.open(person, "passkey", cookie);
      return { ...okAnswer({ person: personJson(who) }), headers: { "set-cookie": given } };
    },
  },
  {
    method: "POST",
    path: "/people/step-up/begin",
    begins: true,
    answer: ({ cookie }) =>
      okAnswer({ options: beginUse(ceremoniesOf(room), needSession(room, cookie).person) }),
  },
  {
    method: "POST",
    path: "/people/step-up/finish",
    isCounted: true,
    async answer({ body, cookie }) {
      const { person } = needSession(room, cookie);
      await finishUse(ceremoniesOf(room), readAssertion(body), person);
      // ORDER: asked anew after the wait: the session may have ended.
      const { who, ...session } = needSession(room, cookie);
      const given = room.sessions.stepUp(session, cookie);
      return { ...okAnswer({ person: personJson(who) }), headers: { "set-cookie": given } };
    },
  },
];

function sessionAnswer(room: SignInRoom, { cookie }: SiteRequest): ReturnType<typeof okAnswer> {
  const { who, ...session } = needSession(room, cookie);
  return okAnswer({
    person: personJson(who),
    method: session.method,
    signed_in_at_ms: session.signedInAtMs,
    fresh: room.sessions.isFresh(session),
  });
}

/** Her own passkeys. Taking one away needs a fresh use of one, so that an unattended browser is not enough. */
const ownPasskeyRoutes = (room: SignInRoom): readonly SiteRoute[] => [
  {
    method: "GET",
    path: "/people/passkeys",
    answer({ cookie }) {
      const own = room.people.credentialsOf(needSession(room, cookie).person);
      const passkeys = own.map(({ digest, authenticator, addedAtMs }) => ({
        credential: digest,
        authenticator,
        added_at_ms: addedAtMs,
      }));
      return okAnswer({ passkeys });
    },
  },
  {
    method: "DELETE",
    path: "/people/passkeys/{credential}",
    async answer({ cookie, params }) {
      const session = needSession(room, cookie);
      if (!room.sessions.isFresh(session))
        throw new NarrowgateError("step_up_required", "confirm with a passkey, and try again");
      const credential = params.get("credential") ?? "";
      await room.people.removePasskey(session.person, credential);
      return okAnswer({ removed: credential });
    },
  },
];

/** Signing in with a passkey, the session, and its end. */
export function signInRoutes(room: SignInRoom): readonly SiteRoute[] {
  return [
    { method: "GET", path: "/people/sign-in", answer: () => textAnswer(SIGN_IN_PAGE, "text/html") },
    {
      method: "GET",
      path: "/people/sign-in.js",
      answer: () => textAnswer(SIGN_IN_SCRIPT, "text/javascript"),
    },
    {
      method: "GET",
      path: "/people/sign-in/ways",
      answer: () =>
        okAnswer({
          passkey: room.ceremonies !== undefined,
          providers: room.providers.map(({ id, name }) => ({ id, name })),
        }),
    },
    ...passkeyRoutes(room),
    ...ownPasskeyRoutes(room),
    { method: "GET", path: "/people/session", answer: (request) => sessionAnswer(room, request) },
    {
      method: "DELETE",
      path: "/people/session",
      answer: ({ cookie }) => ({
        ...okAnswer({ signed_in: false }),
        headers: { "set-cookie": room.sessions.end(cookie) },
      }),
    },
  ];
}
