import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256, sha256Hex, toHex, utf8 } from "./index.ts";

// The published examples of FIPS 180-4.
test.each([
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
])("agrees with the standard's example", (text, digest) => {
  expect(sha256Hex(utf8(text))).toBe(digest);
});

test("agrees with the platform at every length around a block boundary", () => {
  for (let length = 0; length <= 200; length++) {
    const data = new Uint8Array(length).fill(length);
    expect(sha256Hex(data)).toBe(createHash("sha256").update(data).digest("hex"));
  }
});

test("agrees with the platform on any bytes, also in the middle of a larger buffer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(100), (bytes, skip) => {
      const part = bytes.subarray(Math.min(skip, bytes.length));
      expect(toHex(sha256(part))).toBe(createHash("sha256").update(part).digest("hex"));
    }),
  );
});
