import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@narrowgate/kernel";

/** 32 characters, five bits each: no I, O, 0 or 1, which are taken for one another. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 8;
const LIFE_MS = 10 * 60_000;
const TRIES = 5;

/** A one-time code on the server's own terminal: who can read it may enrol the first operator. */
export interface EnrolmentCode {
  /** The code as it is shown, in two groups of four. */
  readonly shown: string;
  readonly expiresAtMs: number;
  /** True once at most. Each wrong try counts; after five of them, or ten minutes, no try is right. */
  take(typed: string): boolean;
}

function newCode(): string {
  // 32 divides 256, so every character is equally likely.
  return Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length] ?? "").join("");
}

function digest(code: string): Uint8Array {
  return hash("sha256", code, "buffer");
}

/** Makes a code: 40 bits, five tries, ten minutes. */
export function createEnrolmentCode(clock: Clock): EnrolmentCode {
  const code = newCode();
  const expected = digest(code);
  const expiresAtMs = clock.nowMs() + LIFE_MS;
  let triesLeft = TRIES;
  return {
    shown: `${code.slice(0, 4)}-${code.slice(4)}`,
    expiresAtMs,
    take(typed) {
      if (triesLeft <= 0 || clock.nowMs() >= expiresAtMs) return false;
      triesLeft -= 1;
      // Typed by hand: case, spaces and dashes do not count.
      const plain = typed.slice(0, 64).toUpperCase().replace(/[\s-]/g, "");
      const isRight = timingSafeEqual(digest(plain), expected);
      if (isRight) triesLeft = 0;
      return isRight;
    },
  };
}
