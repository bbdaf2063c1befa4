import { randomFillSync } from "node:crypto";

const saltBytes = 16;
const pool = Buffer.alloc(4096);
let used = pool.length;

/** 16 random bytes that were never given out before; one system call serves 256 of them. */
export function freshSalt(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const salt = Buffer.from(pool.subarray(used, used + saltBytes));
  used += saltBytes;
  return salt;
}
