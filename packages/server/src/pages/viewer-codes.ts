import { hash, timingSafeEqual } from "node:crypto";
import type { Clock } from "@narrowgate/kernel";
import { newTypedCode, plainCode, shownCode } from "../platform/codes/typed-code.ts";
import type { Viewer } from "./disclosure.ts";

/** In characters. */
const LENGTH = 8;
/** How long a code can be typed in. */
export const VIEWER_CODE_LIFE_MS: number = 5 * 60_000;
const TRIES = 5;

/** A code as the operator is shown it. */
export interface ViewerCode {
  /** Two groups of four. */
  readonly code: string;
  readonly expiresAtMs: number;
}

/** One-time codes that a person types to look at the pages. */
export interface ViewerCodes {
  /** Makes a code for the operator that asked; a code made before and not used yet ends. */
  issue(viewer: Viewer): ViewerCode;
  /** Takes what was typed. Right once at most; five wrong tries, or five minutes, end the code. */
  check(typed: string): Viewer | undefined;
}

interface Outstanding {
  readonly viewer: Viewer;
  readonly digest: Uint8Array;
  readonly expiresAtMs: number;
  triesLeft: number;
}

function digestOf(code: string): Uint8Array {
  return hash("sha256", code, "buffer");
}

/**
 * Keeps at most one code, in memory alone: 40 bits, five tries, five minutes.
 * INVARIANT: whoever guesses has five tries for each code an operator asks for, however many addresses they come from.
 */
export function createViewerCodes(clock: Clock): ViewerCodes {
  let outstanding: Outstanding | undefined;
  return {
    issue(viewer) {
      const code = newTypedCode(LENGTH);
      const expiresAtMs = clock.nowMs() + VIEWER_CODE_LIFE_MS;
      outstanding = { viewer, digest: digestOf(code), expiresAtMs, triesLeft: TRIES };
      return { code: shownCode(code), expiresAtMs };
    },
    check(typed) {
      if (outstanding === undefined || clock.nowMs() >= outstanding.expiresAtMs) return undefined;
      const { viewer, digest } = outstanding;
      outstanding.triesLeft -= 1;
      const isRight = timingSafeEqual(digestOf(plainCode(typed)), digest);
      if (isRight || outstanding.triesLeft === 0) outstanding = undefined;
      return isRight ? viewer : undefined;
    },
  };
}
