import { hash, randomBytes } from "node:crypto";
import type { Clock } from "@narrowgate/kernel";

/** How long a session lasts without use. */
export const SESSION_IDLE_MS: number = 30 * 60_000;
/** How long a session lasts at most. */
export const SESSION_LIFE_MS: number = 8 * 60 * 60_000;
/** How long the use of a passkey counts as fresh. */
export const STEP_UP_MS: number = 5 * 60_000;
const MAX_SESSIONS = 4096;
const MAX_PER_PERSON = 16;
const TOKEN_BYTES = 32;
/** Longest cookie header that is looked at, in characters. */
const MAX_COOKIE_CHARS = 8192;

/** How somebody signed in. */
export type SignInMethod = "passkey" | "oidc";

/** A person who signed in. */
export interface Session {
  /** Ref of the person. */
  readonly person: string;
  readonly method: SignInMethod;
  /** Unix milliseconds, as all times here. */
  readonly signedInAtMs: number;
  readonly lastUsedAtMs: number;
  /** Last use of a passkey; absent when there was none. */
  readonly passkeyAtMs?: number;
}

/** Name and attributes of a cookie of ours on an origin. Browsers keep cookies by host alone: the port goes in the name. */
export class OwnCookie {
  readonly #name: string;
  readonly #attributes: string;

  constructor(purpose: string, origin: string, sameSite: "Strict" | "Lax") {
    const { protocol, port } = new URL(origin);
    const secure = protocol === "https:";
    const name = port === "" ? `narrowgate-${purpose}` : `narrowgate-${purpose}-${port}`;
    this.#name = secure ? `__Host-${name}` : name;
    this.#attributes = `Path=/; HttpOnly; SameSite=${sameSite}${secure ? "; Secure" : ""}`;
  }

  /** The Set-Cookie header that gives it. */
  set(token: string, lifeMs: number): string {
    return `${this.#name}=${token}; ${this.#attributes}; Max-Age=${Math.floor(lifeMs / 1000)}`;
  }

  /** The Set-Cookie header that takes it away. */
  clear(): string {
    return `${this.#name}=; ${this.#attributes}; Max-Age=0`;
  }

  /** Its value in a Cookie header. Trust: attacker-controlled; of two of our name neither counts. */
  read(header: string | undefined): string | undefined {
    if (header === undefined || header.length > MAX_COOKIE_CHARS) return undefined;
    const prefix = `${this.#name}=`;
    const own = header.split(";").map((pair) => pair.trim());
    const [value, ...more] = own.filter((pair) => pair.startsWith(prefix));
    return value === undefined || more.length > 0 ? undefined : value.slice(prefix.length);
  }
}

/** A fresh secret for a cookie. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Under what a secret of a cookie is kept: memory holds no cookie, and a look-up tells nothing by its time. */
export function tokenDigest(token: string): string {
  return hash("sha256", token, "base64url");
}

/**
 * Sessions of people, in memory alone: a restart signs everybody out.
 * INVARIANT: each sign-in and each step-up gives a new token and ends the one before, so a token planted in a browser is
 * never signed in.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #cookie: OwnCookie;
  readonly #byDigest = new Map<string, Session>();

  /** @param origin - what the cookie is for */
  constructor(clock: Clock, origin: string) {
    this.#clock = clock;
    this.#cookie = new OwnCookie("session", origin, "Strict");
  }

  /** Starts a session in place of the one in the cookie header. @returns the Set-Cookie header */
  open(person: string, method: SignInMethod, cookie: string | undefined): string {
    const nowMs = this.#clock.nowMs();
    this.end(cookie);
    this.#makeRoom(person);
    const passkey = method === "passkey" ? { passkeyAtMs: nowMs } : {};
    return this.#keep({ person, method, signedInAtMs: nowMs, lastUsedAtMs: nowMs, ...passkey });
  }

  /** The session goes on under a new token, with a passkey just used. @returns the Set-Cookie header */
  stepUp(session: Session, cookie: string | undefined): string {
    this.end(cookie);
    return this.#keep({ ...session, passkeyAtMs: this.#clock.nowMs() });
  }

  /** Whose session the cookie header names; this is a use of it. Trust: attacker-controlled. */
  find(cookie: string | undefined): Session | undefined {
    const key = this.#keyOf(cookie);
    const session = key === undefined ? undefined : this.#byDigest.get(key);
    if (key === undefined || session === undefined) return undefined;
    if (!this.#isLive(session)) {
      this.#byDigest.delete(key);
      return undefined;
    }
    const used = { ...session, lastUsedAtMs: this.#clock.nowMs() };
    this.#byDigest.set(key, used);
    return used;
  }

  /** Whether a passkey was used in it a short time ago. */
  isFresh({ passkeyAtMs }: Session): boolean {
    return passkeyAtMs !== undefined && this.#clock.nowMs() < passkeyAtMs + STEP_UP_MS;
  }

  /** Ends the session of the cookie, if there is one. @returns the Set-Cookie header that removes the cookie */
  end(cookie: string | undefined): string {
    const key = this.#keyOf(cookie);
    if (key !== undefined) this.#byDigest.delete(key);
    return this.#cookie.clear();
  }

  /** Ends all sessions of a person. */
  endAll(person: string): void {
    for (const [key, session] of this.#byDigest) {
      if (session.person === person) this.#byDigest.delete(key);
    }
  }

  #keep(session: Session): string {
    const token = newToken();
    this.#byDigest.set(tokenDigest(token), session);
    return this.#cookie.set(token, session.signedInAtMs + SESSION_LIFE_MS - this.#clock.nowMs());
  }

  #isLive({ signedInAtMs, lastUsedAtMs }: Session): boolean {
    const nowMs = this.#clock.nowMs();
    return nowMs < signedInAtMs + SESSION_LIFE_MS && nowMs < lastUsedAtMs + SESSION_IDLE_MS;
  }

  /** Forgets what is over; beyond the bounds the oldest sessions end, those of the same person first. */
  #makeRoom(person: string): void {
    const own: string[] = [];
    for (const [key, session] of this.#byDigest) {
      if (!this.#isLive(session)) this.#byDigest.delete(key);
      else if (session.person === person) own.push(key);
    }
    const oldest = own.length >= MAX_PER_PERSON ? own[0] : undefined;
    if (oldest !== undefined) this.#byDigest.delete(oldest);
    const [first] = this.#byDigest.keys();
    if (this.#byDigest.size >= MAX_SESSIONS && first !== undefined) this.#byDigest.delete(first);
  }

  #keyOf(cookie: string | undefined): string | undefined {
    const token = this.#cookie.read(cookie);
    return token === undefined ? undefined : tokenDigest(token);
  }
}
