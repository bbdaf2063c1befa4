import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fromBase64url,
  isId,
  parseSha256Text,
  randomId,
  sha256,
  toBase64url,
  toSha256Text,
  utf8,
} from "./index.ts";

test("random ids are ids, differ, and carry the randomness asked for", () => {
  expect(isId(randomId())).toBe(true);
  expect(randomId()).not.toBe(randomId());
  expect(fromBase64url(randomId(32))).toHaveLength(32);
  expect(() => randomId(8)).toThrow(expect.objectContaining({ code: "internal_error" }));
});

test("no id can be taken for an option of a command", () => {
  expect(Array.from({ length: 2000 }, () => randomId()).filter((id) => id.startsWith("-"))).toEqual([]);
});

test("an id is exactly what 16 to 64 bytes encode to", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(isId(toBase64url(bytes))).toBe(bytes.length >= 16 && bytes.length <= 64);
    }),
  );
  expect(
    ["A".repeat(25), `${"A".repeat(21)}B`, `${"A".repeat(22)}\n`, `${"A".repeat(21)}=`, 1].some(isId),
  ).toBe(false);
});

test("a digest text is 43 canonical characters", () => {
  const text = toSha256Text(sha256(utf8("abc")));
  expect(parseSha256Text(text)).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  for (const bad of [`${text}A`, text.slice(1), `${text.slice(0, 42)}B`, `${text.slice(0, 42)}=`, null, 7]) {
    expect(() => parseSha256Text(bad)).toThrow(expect.objectContaining({ code: "malformed_input" }));
  }
  expect(() => toSha256Text(new Uint8Array(31))).toThrow(expect.objectContaining({ code: "internal_error" }));
});
