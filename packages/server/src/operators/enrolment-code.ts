import { hash, timingSafeEqual } from "node:crypto";
import type { Clock } from "@narrowgate/kernel";
import { newTypedCode, plainCode, shownCode } from "../platform/codes/typed-code.ts";

/** In characters. */
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

function digest(code: string): Uint8Array {
  return hash("sha256", code, "buffer");
}

/** Makes a code: 40 bits, five tries, ten minutes. */
export function createEnrolmentCode(clock: Clock): EnrolmentCode {
  const code = newTypedCode(LENGTH);
  const expected = digest(code);
  const expiresAtMs = clock.nowMs() + LIFE_MS;
  let triesLeft = TRIES;
  return {
    shown: shownCode(code),
    expiresAtMs,
    take(typed) {
      if (triesLeft <= 0 || clock.nowMs() >= expiresAtMs) return false;
      triesLeft -= 1;
      const isRight = timingSafeEqual(digest(plainCode(typed)), expected);
      if (isRight) triesLeft = 0;
      return isRight;
    },
  };
}
