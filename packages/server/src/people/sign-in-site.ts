import type { EvidenceSink } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { SafeExchange } from "../platform/fetch/index.ts";
import { createSite, type Site, textAnswer } from "../platform/pages/serve-site.ts";
import type { RelyingParty } from "../platform/webauthn/index.ts";
import { oidcRoutes } from "./oidc/oidc-routes.ts";
import { createProviderClient } from "./oidc/provider-client.ts";
import { OpenOnce } from "./open-once.ts";
import { PAGE_STYLE } from "./page-texts.ts";
import type { People } from "./people.ts";
import type { Person, ProviderSettings } from "./ports.ts";
import { Sessions } from "./sessions.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { CEREMONY_MS } from "./use-passkey.ts";

/** What signing in to the console stands on; supplied by compose. */
export interface SignInPorts {
  readonly people: People;
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  /** Origin of the console. */
  readonly origin: string;
  /** Absent where passkeys cannot be used on that origin. */
  readonly party?: RelyingParty;
  readonly providers: readonly ProviderSettings[];
  readonly send: SafeExchange;
  /** Development only: providers on plain http, which `send` holds to loopback. */
  readonly allowHttp: boolean;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

/** Signing in, and who is signed in. */
export interface SignInSite extends Site {
  /** Who is signed in by the cookie of a request; this is a use of the session. Trust: attacker-controlled. */
  signedIn(cookie: string | undefined): SignedIn | undefined;
  /** Ends the session that the cookie of a request names, if there is one. Trust: attacker-controlled. */
  signOut(cookie: string | undefined): void;
}

/** A person who is signed in. */
export interface SignedIn {
  readonly person: Person;
  /** Whether she used a passkey a short time ago. */
  readonly isFresh: boolean;
}

/** Serves sign-in under `/people/` of the console's origin. A removed person is signed out in the same turn. */
export function createSignInSite(ports: SignInPorts): SignInSite {
  const { people, clock, evidence, origin, party, report } = ports;
  const sessions = new Sessions(clock, origin);
  people.onRemoved((ref) => sessions.endAll(ref));
  const clients = ports.providers.map((settings) =>
    createProviderClient(settings, { ...ports, nowMs: () => clock.nowMs() }),
  );
  const open = new OpenOnce<{ readonly person?: string }>(clock, CEREMONY_MS);
  const room = {
    people,
    sessions,
    providers: ports.providers,
    ...(party === undefined ? {} : { ceremonies: { people, evidence, party, open } }),
  };
  const routes = [
    { method: "GET", path: "/people/page.css", answer: () => textAnswer(PAGE_STYLE, "text/css") } as const,
    ...signInRoutes(room),
    ...oidcRoutes({ clock, origin, people, sessions, clients }),
  ];
  return {
    ...createSite(routes, { clock, origin, report }),
    signOut: (cookie) => void sessions.end(cookie),
    signedIn(cookie) {
      const session = sessions.find(cookie);
      const person = session === undefined ? undefined : people.person(session.person);
      if (session === undefined || person === undefined) return undefined;
      return { person, isFresh: sessions.isFresh(session) };
    },
  };
}
