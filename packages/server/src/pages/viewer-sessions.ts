import { hash, randomBytes } from "node:crypto";
import type { Clock } from "@narrowgate/kernel";
import type { Viewer } from "./disclosure.ts";

/** How long a viewer stays signed in. */
export const SESSION_LIFE_MS: number = 8 * 60 * 60_000;
const MAX_SESSIONS = 256;
const TOKEN_BYTES = 32;
/** Longest cookie header that is looked at, in characters. */
const MAX_COOKIE_CHARS = 8192;

interface Session {
  readonly viewer: Viewer;
  readonly expiresAtMs: number;
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether a cookie stays between browser and server: https, or plain http that does not leave the machine. */
export function keepsCookiesPrivate(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "https:" || loopback.test(hostname);
}

/** Signed-in viewers, in memory alone: a restart signs everybody out. */
export class ViewerSessions {
  readonly #clock: Clock;
  readonly #cookieName: string;
  readonly #attributes: string;
  /** By digest of the token, so that a look-up tells nothing by its time and memory holds no cookie. */
  readonly #sessions: Map<string, Session> = new Map();

  /** @param baseUrl - as configured; https gives the cookie a `__Host-` name and `Secure` */
  constructor(clock: Clock, baseUrl: string) {
    const { protocol, port } = new URL(baseUrl);
    const secure = protocol === "https:";
    // Browsers keep cookies by host alone: of two instances on one machine, each needs a name of its own.
    const name = port === "" ? "narrowgate-viewer" : `narrowgate-viewer-${port}`;
    this.#clock = clock;
    this.#cookieName = secure ? `__Host-${name}` : name;
    this.#attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  }

  /** Starts a session. @returns the Set-Cookie header */
  open(viewer: Viewer): string {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const nowMs = this.#clock.nowMs();
    for (const [key, { expiresAtMs }] of this.#sessions) {
      const isFull = this.#sessions.size >= MAX_SESSIONS;
      if (expiresAtMs <= nowMs || isFull) this.#sessions.delete(key);
    }
    this.#sessions.set(digestOf(token), { viewer, expiresAtMs: nowMs + SESSION_LIFE_MS });
    return `${this.#cookieName}=${token}; ${this.#attributes}; Max-Age=${SESSION_LIFE_MS / 1000}`;
  }

  /**
   * Whose session the cookie header names.
   * Trust: attacker-controlled. Of two cookies of our name neither counts.
   */
  find(cookieHeader: string | undefined): Viewer | undefined {
    const key = this.#keyOf(cookieHeader);
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (key === undefined || session === undefined) return undefined;
    if (session.expiresAtMs > this.#clock.nowMs()) return session.viewer;
    this.#sessions.delete(key);
    return undefined;
  }

  /** Ends the session, if there is one. @returns the Set-Cookie header that removes the cookie */
  end(cookieHeader: string | undefined): string {
    const key = this.#keyOf(cookieHeader);
    if (key !== undefined) this.#sessions.delete(key);
    return `${this.#cookieName}=; ${this.#attributes}; Max-Age=0`;
  }

  #keyOf(cookieHeader: string | undefined): string | undefined {
    if (cookieHeader === undefined || cookieHeader.length > MAX_COOKIE_CHARS) return undefined;
    const prefix = `${this.#cookieName}=`;
    const [token, ...more] = cookieHeader
      .split(";")
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(prefix));
    return token === undefined || more.length > 0 ? undefined : digestOf(token.slice(prefix.length));
  }
}

function digestOf(token: string): string {
  return hash("sha256", token, "base64url");
}
