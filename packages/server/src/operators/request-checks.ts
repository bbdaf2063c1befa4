import { hash } from "node:crypto";
import type { OperatorClaims } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import { createSingleUse } from "../platform/jose/index.ts";

/** How old a signed request may be. */
export const WINDOW_SECONDS = 60;
/** How far our clock may be behind the signer's. */
const AHEAD_SECONDS = 5;
const MAX_REMEMBERED = 100_000;

/** What a request was, as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path with its query, as sent. */
  readonly path: string;
  readonly body: Uint8Array;
}

/** Holds signed requests to method, path, body, time and single use. */
export interface RequestChecks {
  /** What does not fit, as a sentence; undefined when all does. */
  mismatch(claims: OperatorClaims, seen: SeenRequest): string | undefined;
  /** Uses the request up. ORDER: after the signature, so that nobody uses up another's. False when it was used before. */
  take(signer: string, claims: OperatorClaims): boolean;
}

/**
 * Makes the checks of one run of the server. What was used in an earlier run is not remembered: a request signed before
 * the second in which this run began is refused instead.
 */
export function createRequestChecks(clock: Clock, origin: string): RequestChecks {
  const used = createSingleUse(MAX_REMEMBERED);
  const bootSeconds = Math.floor(clock.nowMs() / 1000);
  const generationMs = (WINDOW_SECONDS + AHEAD_SECONDS) * 1000;
  let rotatedAtMs = clock.nowMs();
  const rotate = (): void => {
    // INVARIANT: what is forgotten is older than a whole generation, so the time window refuses it by itself.
    if (clock.nowMs() - rotatedAtMs < generationMs) return;
    used.rotate();
    rotatedAtMs = clock.nowMs();
  };
  return {
    mismatch({ aud, method, path, bodySha256, iat }, seen) {
      const nowSeconds = clock.nowMs() / 1000;
      if (aud !== origin) return "it is for another instance";
      if (method !== seen.method || path !== seen.path) return "it is for another request";
      if (bodySha256 !== hash("sha256", seen.body, "base64url"))
        return "the body is not the one that was signed";
      if (iat > nowSeconds + AHEAD_SECONDS) return "it is from the future; check the clocks";
      if (iat < Math.floor(nowSeconds) - WINDOW_SECONDS || iat < bootSeconds)
        return "it is too old; sign it again";
      return undefined;
    },
    take(signer, { jti }) {
      rotate();
      return used.take(hash("sha256", `${signer}.${jti}`, "base64url"));
    },
  };
}
