import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Clock } from "@narrowgate/kernel";

/** How long one nonce is handed out; it is accepted for one more slot. */
export const NONCE_SLOT_MS: number = 5 * 60_000;

/**
 * The DPoP nonce of this boot. A proof made for another boot, or more than two slots ago, is refused, so that single
 * use of proofs is a local set that can forget. @see RFC 9449 section 8; architecture invariant 5
 */
export interface BootNonce {
  /** The nonce to hand out now. */
  current(): string;
  /** Was `nonce` handed out by this boot in this slot or the last one? */
  accepts(nonce: string): boolean;
}

/** @param onNewSlot - called once per slot, before its first nonce: the moment to rotate the single-use sets */
export function createBootNonce(clock: Clock, onNewSlot: () => void): BootNonce {
  const key: KeyObject = createSecretKey(randomBytes(32));
  const nonceOf = (slot: number): string =>
    createHmac("sha256", key).update(String(slot)).digest("base64url").slice(0, 22);
  let slot = Math.floor(clock.nowMs() / NONCE_SLOT_MS);
  let now = nonceOf(slot);
  let before = "";
  const advance = (): void => {
    const next = Math.floor(clock.nowMs() / NONCE_SLOT_MS);
    // A clock stepped back keeps the slot: an old nonce must not come back to life.
    if (next <= slot) return;
    before = next === slot + 1 ? now : "";
    slot = next;
    now = nonceOf(slot);
    onNewSlot();
    // Two rotations forget both generations at once; after a long idle time that is what has to happen.
    if (before === "") onNewSlot();
  };
  return {
    current() {
      advance();
      return now;
    },
    accepts(nonce) {
      advance();
      return nonce === now || (before !== "" && nonce === before);
    },
  };
}
