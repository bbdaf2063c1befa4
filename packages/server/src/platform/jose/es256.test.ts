import { generateKeyPairSync, sign as signSync } from "node:crypto";
import fc from "fast-check";
import { CompactSign, compactVerify } from "jose";
import { describe, expect, it } from "vitest";
import { importEs256Jwk, joseToDer, signEs256, verifyEs256 } from "./es256.ts";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const half = (n: bigint): Uint8Array => new Uint8Array(Buffer.from(n.toString(16).padStart(64, "0"), "hex"));
const pair = (r: bigint, s: bigint): Uint8Array => new Uint8Array(Buffer.concat([half(r), half(s)]));

describe("ES256 by DER agrees with other implementations", () => {
  it("verifies what node:crypto signs in the JOSE form, and node:crypto what it signs", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (message) => {
        const theirs = signSync("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
        expect(await verifyEs256(publicKey, message, theirs)).toBe(true);
        const ours = await signEs256(privateKey, message);
        expect(ours).toHaveLength(64);
        expect(await verifyEs256(publicKey, message, ours)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("agrees with jose in both directions", async () => {
    const payload = new TextEncoder().encode("payload");
    const jws = await new CompactSign(payload).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
    const [header = "", body = "", signature = ""] = jws.split(".");
    const input = new TextEncoder().encode(`${header}.${body}`);
    expect(await verifyEs256(publicKey, input, Buffer.from(signature, "base64url"))).toBe(true);
    const ours = Buffer.from(await signEs256(privateKey, input)).toString("base64url");
    await expect(compactVerify(`${header}.${body}.${ours}`, publicKey)).resolves.toBeDefined();
  });
});

describe("a signature is exactly two halves in 1..n-1", () => {
  it.each([
    ["empty", new Uint8Array()],
    ["63 bytes", new Uint8Array(63).fill(1)],
    ["65 bytes", new Uint8Array(65).fill(1)],
    ["r = 0", pair(0n, 1n)],
    ["s = 0", pair(1n, 0n)],
    ["both 0", pair(0n, 0n)],
    ["r = n", pair(ORDER, 1n)],
    ["s = n", pair(1n, ORDER)],
    ["r above n", pair(ORDER + 1n, 1n)],
    ["all ones", new Uint8Array(64).fill(255)],
  ])("refuses %s", async (_, signature) => {
    expect(joseToDer(signature)).toBeUndefined();
    expect(await verifyEs256(publicKey, new Uint8Array([1]), signature)).toBe(false);
  });

  it("refuses any flipped bit", async () => {
    const message = new TextEncoder().encode("message");
    const signature = await signEs256(privateKey, message);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 511 }), async (bit) => {
        const flipped = Uint8Array.from(signature);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await verifyEs256(publicKey, message, flipped)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses a DER signature where the JOSE form belongs", async () => {
    const message = new Uint8Array([1, 2, 3]);
    expect(await verifyEs256(publicKey, message, signSync("sha256", message, privateKey))).toBe(false);
  });
});

describe("importing a key", () => {
  const jwk = publicKey.export({ format: "jwk" });
  const { x = "", y = "" } = jwk;

  it("takes a bare public P-256 key and nothing else", () => {
    expect(importEs256Jwk({ kty: "EC", crv: "P-256", x, y })).toBeDefined();
    expect(importEs256Jwk({ kty: "EC", crv: "P-256", x, y, d: x })).toBeUndefined();
    expect(importEs256Jwk({ kty: "EC", crv: "P-384", x, y })).toBeUndefined();
    expect(importEs256Jwk({ kty: "oct", k: x })).toBeUndefined();
    expect(importEs256Jwk({ kty: "EC", crv: "P-256", x, y: x })).toBeUndefined();
  });
});
