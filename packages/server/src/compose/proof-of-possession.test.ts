import { describe, expect, it } from "vitest";
import type { Config } from "../config/config.ts";
import { NONCE_SLOT_MS } from "../platform/jose/boot-nonce.ts";
import type { KeyCustody } from "../platform/keys/custody.ts";
import { createProofOfPossession } from "./proof-of-possession.ts";

describe("the memory of used assertions", () => {
  // The longest assertion that is taken, with the skew of the clock at both ends of its life.
  const longestUseMs = (300 + 30 + 30) * 1000;

  it.each([0, 1, NONCE_SLOT_MS / 2, NONCE_SLOT_MS - 1])(
    "outlasts every assertion it was used for, from %d ms into a slot, in steps and in one leap",
    (offsetMs) => {
      for (const leap of [1000, NONCE_SLOT_MS, longestUseMs]) {
        const clock = { now: 1_000 * NONCE_SLOT_MS + offsetMs, nowMs: () => clock.now };
        const config = { baseUrl: "https://gate.example", environment: "dev" } as Config;
        const possession = createProofOfPossession(config, {} as KeyCustody, clock);
        // Rotations before the use must not shorten what comes after it.
        for (let before = 0; before < 3; before += 1) {
          const digest = `assertion ${before}`;
          expect(possession.takeOnce(digest)).toBe(true);
          const end = clock.now + longestUseMs;
          while (clock.now < end) {
            clock.now = Math.min(end, clock.now + leap);
            possession.proofs.nonce();
            expect(possession.takeOnce(digest)).toBe(false);
          }
        }
      }
    },
  );
});
