import { hash, randomBytes } from "node:crypto";
import { type Clock, toBase64url } from "@narrowgate/kernel";
import { newTypedCode, plainCode, shownCode } from "../platform/codes/typed-code.ts";

/** In characters. */
const LENGTH = 12;
/** How long a passkey can be made with a code. */
export const ENROLMENT_CODE_LIFE_MS: number = 15 * 60_000;
/** Ceremonies that may fail before the code ends. */
const TRIES = 5;

/** A code as the operator is shown it. */
export interface EnrolmentCode {
  /** Three groups of four. */
  readonly code: string;
  /** Unix milliseconds. */
  readonly expiresAtMs: number;
}

interface Outstanding {
  readonly person: string;
  readonly expiresAtMs: number;
  triesLeft: number;
  challenge: string | undefined;
}

/**
 * One-time codes by which people make their first passkey, in memory alone: 60 bits, fifteen minutes, one code a person.
 * INVARIANT: a code is used up by the first passkey that verifies; a challenge is answered once at most.
 */
export class EnrolmentCodes {
  readonly #clock: Clock;
  /** By digest, so that memory holds no code. */
  readonly #outstanding = new Map<string, Outstanding>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes a code; an earlier one of the same person ends. */
  issue(person: string): EnrolmentCode {
    this.end(person);
    const plain = newTypedCode(LENGTH);
    const expiresAtMs = this.#clock.nowMs() + ENROLMENT_CODE_LIFE_MS;
    const entry = { person, expiresAtMs, triesLeft: TRIES, challenge: undefined };
    this.#outstanding.set(digestOf(plain), entry);
    return { code: shownCode(plain), expiresAtMs };
  }

  /** Begins a ceremony: whose it is, and a fresh challenge. Trust: `typed` is attacker-controlled. */
  begin(typed: string): { readonly person: string; readonly challenge: string } | undefined {
    const found = this.#find(typed);
    if (found === undefined) return undefined;
    const challenge = toBase64url(randomBytes(32));
    found.challenge = challenge;
    return { person: found.person, challenge };
  }

  /** Takes the open challenge, and one try; nothing where none is open. */
  answer(typed: string): { readonly person: string; readonly challenge: string } | undefined {
    const found = this.#find(typed);
    const challenge = found?.challenge;
    if (found === undefined || challenge === undefined) return undefined;
    found.challenge = undefined;
    found.triesLeft -= 1;
    return { person: found.person, challenge };
  }

  /** Uses the code up; false when somebody else did. */
  use(typed: string): boolean {
    const key = digestOf(plainCode(typed));
    return this.#outstanding.delete(key);
  }

  /** Ends what is outstanding for a person. */
  end(person: string): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, entry] of this.#outstanding) {
      if (entry.person === person || entry.expiresAtMs <= nowMs) this.#outstanding.delete(key);
    }
  }

  #find(typed: string): Outstanding | undefined {
    const found = this.#outstanding.get(digestOf(plainCode(typed)));
    const isGood = found !== undefined && found.expiresAtMs > this.#clock.nowMs() && found.triesLeft > 0;
    return isGood ? found : undefined;
  }
}

function digestOf(code: string): string {
  return hash("sha256", code, "base64url");
}
