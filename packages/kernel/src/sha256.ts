import { toHex } from "./hex.ts";

/**
 * A synchronous SHA-256. Callers that have a faster one (the server has node:crypto) pass it where this type is asked for.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** The first 32 bits of the fractional part of `x` (FIPS 180-4 section 4.2.2 derives its constants so). */
function fraction32(x: number): number {
  return Math.floor((x - Math.floor(x)) * 0x1_0000_0000) | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((p) => n % p !== 0)) primes.push(n);
  }
  return primes;
}

const roundConstants: Int32Array = Int32Array.from(firstPrimes(64), (p) => fraction32(Math.cbrt(p)));
const initialState: Int32Array = Int32Array.from(firstPrimes(8), (p) => fraction32(Math.sqrt(p)));

/** Spreads the 16 message words already in `w` over the 64 of the schedule (FIPS 180-4 section 6.2.2 step 1). */
function extendSchedule(w: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15] ?? 0;
    const y = w[t - 2] ?? 0;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16] ?? 0) + s0 + (w[t - 7] ?? 0) + s1;
  }
}

/** Mixes one scheduled block into the state (FIPS 180-4 section 6.2.2 steps 2 to 4). */
function compress(state: Int32Array, w: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + (roundConstants[t] ?? 0) + (w[t] ?? 0)) | 0;
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const mixed = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = (state[i] ?? 0) + (mixed[i] ?? 0);
}

/** The last one or two blocks: the unread tail, a one bit, zeros, and the length in bits. */
function finalBlocks(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const tail = data.subarray(data.length - (data.length % 64));
  const blocks = new Uint8Array(tail.length < 56 ? 64 : 128);
  blocks.set(tail);
  blocks[tail.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setUint32(blocks.length - 8, Math.floor(data.length / 0x2000_0000));
  view.setUint32(blocks.length - 4, (data.length * 8) % 0x1_0000_0000);
  return blocks;
}

function absorb(state: Int32Array, w: Int32Array, data: Uint8Array, length: number): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let offset = 0; offset < length; offset += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(offset + 4 * t);
    extendSchedule(w);
    compress(state, w);
  }
}

/**
 * SHA-256 in plain TypeScript, for runtimes without a synchronous digest (a browser, the offline verifier).
 * Not constant-time hardened: for public data, not for keyed use.
 * @see FIPS 180-4 section 6.2
 */
export function sha256(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const state = initialState.slice();
  const w = new Int32Array(64);
  absorb(state, w, data, data.length - (data.length % 64));
  const last = finalBlocks(data);
  absorb(state, w, last, last.length);
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  for (let i = 0; i < 8; i++) view.setInt32(4 * i, state[i] ?? 0);
  return digest;
}

/** {@link sha256} as 64 lower-case hex digits. */
export function sha256Hex(data: Uint8Array): string {
  return toHex(sha256(data));
}
