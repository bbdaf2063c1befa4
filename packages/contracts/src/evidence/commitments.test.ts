import { readFileSync } from "node:fs";
import {
  fromBase64url,
  isNarrowgateError,
  type JsonObject,
  type JsonValue,
  sha256,
} from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytesCommitment,
  discloseInputs,
  inputCommitment,
  inputsCommitment,
  sealedCommitment,
  sortInputs,
} from "./commitments.ts";
import type { LeafType } from "./draft.ts";
import { type InputOpening, parseInputsOpening, parseSealedOpening } from "./openings.ts";
import { rebuildRequest } from "./rebuild-request.ts";

type Placed = readonly { readonly path: string; readonly value: JsonValue }[];

type SealedVector = {
  readonly type: LeafType;
  readonly part: "proof" | "content";
  readonly opening: JsonObject;
};

const vectors: {
  readonly sealed: readonly {
    readonly part: "proof" | "content";
    readonly opening: JsonObject;
    readonly commitment: string;
  }[];
  readonly inputs: readonly {
    readonly name: string;
    readonly items: JsonValue;
    readonly commitments: readonly string[];
    readonly commitment: string;
  }[];
  readonly bytes: readonly { readonly salt: string; readonly bytes: string; readonly commitment: string }[];
  readonly openings: readonly SealedVector[];
  readonly refused_openings: readonly (SealedVector & { readonly name: string })[];
  readonly refused_inputs: readonly { readonly name: string; readonly items: JsonValue }[];
  readonly requests: readonly {
    readonly name: string;
    readonly inputs: Placed;
    readonly request: JsonObject;
  }[];
  readonly refused_requests: readonly { readonly name: string; readonly inputs: Placed }[];
} = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/evidence/commitments.json", import.meta.url), "utf8"),
);

function isRefused(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    return isNarrowgateError(error) && error.code === "malformed_input";
  }
}

describe("commitments", () => {
  test.each(vectors.sealed)("to a $part part are those of the vectors", ({ part, opening, commitment }) => {
    expect(sealedCommitment(sha256, part, opening)).toBe(commitment);
  });

  test.each(vectors.inputs)(
    "to inputs are those of the vectors: $name",
    ({ items, commitments, commitment }) => {
      const inputs = parseInputsOpening(items);
      expect(inputsCommitment(sha256, inputs)).toBe(commitment);
      expect(
        inputs.map((item) => ("commitment" in item ? item.commitment : inputCommitment(sha256, item))),
      ).toEqual(commitments);
    },
  );

  test.each(vectors.bytes)("to bytes are those of the vectors", ({ salt, bytes, commitment }) => {
    expect(bytesCommitment(sha256, salt, fromBase64url(bytes))).toBe(commitment);
  });

  test.each(vectors.refused_inputs)("refuse inputs: $name", ({ items }) => {
    expect(isRefused(() => parseInputsOpening(items))).toBe(true);
  });

  test("hold when any choice of inputs is hidden", () => {
    const salt = "AAAAAAAAAAAAAAAAAAAAAA";
    const value = fc.oneof(
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.array(fc.string()),
      fc.dictionary(fc.string(), fc.boolean()),
    );
    const input = fc.record({ path: fc.stringMatching(/^\/[a-z]{1,6}$/), value });
    fc.assert(
      fc.property(
        fc.uniqueArray(input, { selector: ({ path }) => path }),
        fc.func(fc.boolean()),
        (made, keep) => {
          const all: InputOpening[] = sortInputs(made).map(({ path, value }) => ({
            from: { by: "gate" },
            path,
            salt,
            value: JSON.parse(JSON.stringify(value)),
          }));
          const some = parseInputsOpening(discloseInputs(sha256, all, ({ path }) => keep(path)));
          expect(inputsCommitment(sha256, some)).toBe(inputsCommitment(sha256, all));
        },
      ),
    );
  });

  test.each(vectors.openings)(
    "an opened $part of a $type holds what it may seal",
    ({ type, part, opening }) => {
      expect(parseSealedOpening(type, part, opening)).toEqual(opening);
    },
  );

  test.each(vectors.refused_openings)("an opening is refused: $name", ({ type, part, opening }) => {
    expect(isRefused(() => parseSealedOpening(type, part, opening))).toBe(true);
  });
});

describe("the request of a decision", () => {
  test.each(vectors.requests)("is rebuilt: $name", ({ inputs, request }) => {
    expect(rebuildRequest(inputs)).toEqual(request);
  });

  test.each(vectors.refused_requests)("is refused: $name", ({ inputs }) => {
    expect(isRefused(() => rebuildRequest(inputs))).toBe(true);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("does not depend on the order of its inputs", () => {
    const paths = fc.uniqueArray(fc.stringMatching(/^\/[a-c](\/[a-c]){0,3}$/), { minLength: 1 });
    fc.assert(
      fc.property(paths, (list) => {
        const inputs = list.map((path) => ({ path, value: path }));
        const outcome = (of: Placed): unknown => {
          try {
            return rebuildRequest(of);
          } catch {
            return "refused";
          }
        };
        expect(outcome(inputs.toReversed())).toEqual(outcome(inputs));
      }),
    );
  });
});
