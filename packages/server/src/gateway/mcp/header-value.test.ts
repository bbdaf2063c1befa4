import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHeaderValue, encodeHeaderValue } from "./header-value.ts";

describe("header values that mirror the body", () => {
  it("read back as they were written, whatever the text", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string().map((s) => `=?base64?${s}?=`),
      fc.string().map((s) => ` ${s}\t`),
    );
    fc.assert(fc.property(text, (value) => decodeHeaderValue(encodeHeaderValue(value)) === value));
    fc.assert(fc.property(text, (value) => /^[\x20-\x7e\t]*$/.test(encodeHeaderValue(value))));
  });

  it.each([
    ["us-west1", "us-west1"],
    ["=?base64?SGVsbG8sIOS4lueVjA==?=", "Hello, \u4e16\u754c"],
    ["=?base64?IHBhZGRlZCA=?=", " padded "],
    ["=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=", "=?base64?literal?="],
    ["=?BASE64?IHBhZGRlZCA=?=", "=?BASE64?IHBhZGRlZCA=?="],
    ["=?base64?IHBhZGRlZCA?=", undefined],
    ["=?base64?IHBhZGRlZC B=?=", undefined],
    ["=?base64?//79?=", undefined],
    ["caf\u00e9", undefined],
  ])("%j reads as %j", (header, value) => {
    expect(decodeHeaderValue(header)).toBe(value);
  });
});
