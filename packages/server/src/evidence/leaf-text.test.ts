import { LEAF_TYPES } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, randomId } from "@narrowgate/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { leafText } from "./leaf-text.ts";

const digest = fc.string().map((text) => sha256Base64url(canonicalJson(text)));
const place = fc.record({
  id: fc.constant(null).map(() => randomId()),
  prev: fc.option(digest),
  seq: fc.nat(),
});
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

function plain(value: Readonly<Record<string, unknown>>): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

it("equals the canonical JSON of the same leaf", () => {
  fc.assert(
    fc.property(
      fc.record({
        agent: optional(place),
        at: fc.nat(),
        body: fc.dictionary(
          fc.string({ unit: "grapheme" }),
          fc.oneof(fc.string(), fc.integer(), fc.boolean()),
        ),
        id: fc.constant(null).map(() => randomId()),
        sealed: fc.record({ content: optional(digest), inputs: optional(digest), proof: optional(digest) }),
        txn: optional(place),
        type: fc.constantFrom(...LEAF_TYPES),
        writer: place,
      }),
      ({ body, ...leaf }) => {
        const some = Object.values(leaf.sealed).some((commitment) => commitment !== undefined);
        const whole = plain({ ...leaf, body, v: 1, sealed: some ? leaf.sealed : undefined });
        expect(leafText({ ...leaf, bodyText: canonicalJson(plain(body)) })).toBe(canonicalJson(whole));
      },
    ),
  );
});
