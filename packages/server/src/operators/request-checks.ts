import { hash } from "node:crypto";
import type { EvidenceSink, OperatorClaims } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { DurableUses } from "../platform/single-use/durable-uses.ts";

/** How old a signed request may be. */
export const WINDOW_SECONDS = 60;
/** How far our clock may be behind the signer's. */
const AHEAD_SECONDS = 5;
/** How long a use is remembered after `iat`: two seconds more than the window, which is counted in whole ones. */
const REMEMBERED_SECONDS = WINDOW_SECONDS + 2;

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
 * Makes the checks. What was used is remembered in the state table until its time is over, so that a restart or a clock
 * that ran ahead when it was signed gives nobody a second use.
 */
export function createRequestChecks(deps: {
  readonly clock: Clock;
  readonly origin: string;
  readonly uses: DurableUses;
  readonly evidence: EvidenceSink;
}): RequestChecks {
  const { clock, origin, uses, evidence } = deps;
  const bootSeconds = Math.floor(clock.nowMs() / 1000);
  return {
    mismatch({ aud, method, path, bodySha256, iat }, seen) {
      const nowSeconds = clock.nowMs() / 1000;
      if (aud !== origin) return "it is for another instance";
      if (method !== seen.method || path !== seen.path) return "it is for another request";
      if (bodySha256 !== hash("sha256", seen.body, "base64url"))
        return "the body is not the one that was signed";
      if (iat > nowSeconds + AHEAD_SECONDS) return "it is from the future; check the clocks";
      // A log that was begun anew remembers no uses: what was signed before this run is refused.
      if (iat < Math.floor(nowSeconds) - WINDOW_SECONDS || iat < bootSeconds)
        return "it is too old; sign it again";
      return undefined;
    },
    take(signer, { jti, iat }) {
      const use = hash("sha256", `${signer}.${jti}`, "base64url");
      const changes = uses.take(use, iat + REMEMBERED_SECONDS, Math.floor(clock.nowMs() / 1000));
      if (changes === undefined) return false;
      // ORDER: queued before whatever the request does, so that it is durable no later than that.
      evidence.record([], changes);
      return true;
    },
  };
}
