import { randomFillSync } from "node:crypto";

const POOL_BYTES = 8192;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Reserves `length` fresh random bytes of the pool. INVARIANT: no byte is handed out twice. */
function take(length: number): number {
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += length;
  return at;
}

/** 16 bytes of the platform's CSPRNG as base64url (22 characters); one system call serves hundreds of them. */
export function randomText16(): string {
  const at = take(16);
  return pool.toString("base64url", at, at + 16);
}

/** Copies `length` (at most 64) bytes of the platform's CSPRNG to the start of `target`. */
export function randomInto(target: Uint8Array, length: number): void {
  const at = take(length);
  pool.copy(target, 0, at, at + length);
}
