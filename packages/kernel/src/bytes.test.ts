import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64url,
  toHex,
  utf8,
} from "./index.ts";

const malformed = expect.objectContaining({ code: "malformed_bytes" });

/** Runs a parser that refuses by throwing. */
function accepted<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toEqual(malformed);
    return undefined;
  }
}

describe("utf8", () => {
  test("is reversible, byte order mark included", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (s) => fromUtf8(utf8(s)) === s));
    expect(fromUtf8(utf8("\ufeffa"))).toBe("\ufeffa");
  });

  test("refuses lone surrogates, which would make two texts share their bytes", () => {
    expect(() => utf8("a\ud800")).toThrow(malformed);
  });

  test.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xf4, 0x90, 0x80, 0x80]], [[0xe2, 0x82]]])(
    "refuses the invalid bytes %j",
    (bytes) => {
      expect(() => fromUtf8(Uint8Array.from(bytes))).toThrow(malformed);
    },
  );
});

describe("equalBytes and concatBytes", () => {
  test("bytes are equal exactly when their hex is", () => {
    const short = fc.uint8Array({ maxLength: 2, max: 2 });
    fc.assert(fc.property(short, short, (a, b) => equalBytes(a, b) === (toHex(a) === toHex(b))));
  });

  test("joining gives the parts in order", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (parts) => {
        expect(toHex(concatBytes(...parts))).toBe(parts.map(toHex).join(""));
      }),
    );
  });
});

const codecs = [
  { name: "base64url", to: toBase64url, from: fromBase64url, alphabet: "AQgwz_-=+/ \n", node: "base64url" },
  { name: "base64", to: toBase64, from: fromBase64, alphabet: "AQgwz_-=+/ \n", node: "base64" },
  { name: "hex", to: toHex, from: fromHex, alphabet: "09afAFg ", node: "hex" },
] as const;

describe.each(codecs)("$name", ({ to, from, alphabet, node }) => {
  test("writes what the platform writes, and reads it back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (b) => {
        expect(to(b)).toBe(Buffer.from(b).toString(node));
        expect(equalBytes(from(to(b)), b)).toBe(true);
      }),
    );
  });

  test("accepts only what it would write", () => {
    const nearMiss = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 9 });
    fc.assert(
      fc.property(nearMiss, (s) => {
        const bytes = accepted(() => from(s));
        if (bytes !== undefined) expect(to(bytes)).toBe(s);
      }),
      { numRuns: 2000 },
    );
  });
});

test.each(["A", "AA==", "AB", "AAB", "AA A", "AA\n", "AA+/", "AAé"])("base64url refuses %j", (s) => {
  expect(() => fromBase64url(s)).toThrow(malformed);
});

test.each(["AA", "AA=", "AB==", "AAB=", "A===", "====", "AA==AA==", "AAA-", "AAA\n"])(
  "base64 refuses %j",
  (s) => {
    expect(() => fromBase64(s)).toThrow(malformed);
  },
);

test.each(["a", "AA", "0x", "aa\n", "g0"])("hex refuses %j", (s) => {
  expect(() => fromHex(s)).toThrow(malformed);
});
