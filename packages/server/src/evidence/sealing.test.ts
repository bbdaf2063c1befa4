import { createSecretKey } from "node:crypto";
import {
  type InputAttribute,
  inputsCommitment,
  parseInputsOpening,
  sealedCommitment,
} from "@narrowgate/contracts";
import {
  fromBase64url,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  randomId,
} from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { memoryKeyEncryptionKey } from "../platform/keys/key-encryption.ts";
import { commitInputs, stableAttributes } from "./inputs.ts";
import { commitOpening, decryptPart, encryptPart } from "./sealed-part.ts";
import { Sealer, wrapContext } from "./sealing.ts";

/** What strict JSON lets into the product: no integer that a double cannot hold exactly. */
const json = (): fc.Arbitrary<JsonValue> =>
  fc
    .jsonValue({ maxDepth: 3 })
    .map(
      (value): JsonValue =>
        JSON.parse(JSON.stringify(value), (_, each) =>
          Number.isInteger(each) && !Number.isSafeInteger(each) ? 0 : each,
        ),
    );
const attributes: fc.Arbitrary<InputAttribute[]> = fc.uniqueArray(
  fc.record({
    path: fc.stringMatching(/^[a-zéＡ😀_-]{1,8}$/u).map((name) => `/${name}`),
    value: json(),
    from: fc.constantFrom(
      { by: "gate" as const },
      { by: "derived" as const, entry: randomId() },
      { by: "signed" as const, part: "token" },
    ),
  }),
  { selector: ({ path }) => path },
);

describe("inputs", () => {
  it("commit as the contracts say, whatever order and whichever are precomputed (E-8)", () => {
    fc.assert(
      fc.property(attributes, fc.nat(5), (list, precomputed) => {
        const mixed = [...stableAttributes(list.slice(0, precomputed)), ...list.slice(precomputed)];
        const { opening, commitment } = commitInputs(mixed);
        const items = parseInputsOpening(parseStrictJson(opening));
        expect(items).toHaveLength(list.length);
        expect(commitment).toBe(inputsCommitment(nodeSha256, items));
      }),
    );
  });

  it("with one path twice are refused", () => {
    const input: InputAttribute = { path: "/a", value: 1, from: { by: "gate" } };
    expect(() => commitInputs([input, { ...input, value: 2 }])).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  });

  it("are salted anew in each decision unless they are stable", () => {
    const input: InputAttribute = { path: "/a", value: 1, from: { by: "gate" } };
    expect(commitInputs([input]).commitment).not.toBe(commitInputs([input]).commitment);
    const [stable = input] = stableAttributes([input]);
    expect(commitInputs([stable]).commitment).toBe(commitInputs([stable]).commitment);
  });
});

describe("openings", () => {
  it("commit as the contracts say (E-7)", () => {
    const { opening, commitment } = commitOpening("content", { request: { b: 1, a: "ä" } });
    const value = parseStrictJson(opening) as JsonObject & { salt: string };
    expect(fromBase64url(value.salt)).toHaveLength(16);
    expect(commitment).toBe(sealedCommitment(nodeSha256, "content", value));
  });

  it("of any length commit and encrypt to the same text: within the shared buffer, at its end and beyond (E-7)", () => {
    const key = createSecretKey(Buffer.alloc(32, 1));
    for (const length of [0, 100, 21_800, 21_830, 21_840, 65_000, 65_536, 200_000]) {
      for (const unit of ["x", "Ａ"]) {
        const { opening, commitment } = commitOpening("proof", { text: unit.repeat(length) });
        const sealed = encryptPart(key, "leaf", "proof", opening);
        const value = parseStrictJson(decryptPart(key, "leaf", "proof", sealed)) as JsonObject & {
          salt: string;
        };
        expect(value["text"]).toBe(unit.repeat(length));
        expect(commitment).toBe(sealedCommitment(nodeSha256, "proof", value));
      }
    }
  });

  it("must not bring their own salt", () => {
    expect(() => commitOpening("proof", { salt: "x" })).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  });
});

describe("encryption", () => {
  const key = createSecretKey(Buffer.alloc(32, 1));

  it("opens to what was sealed, and only as that part of that leaf (E-10)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const sealed = encryptPart(key, "leaf", "content", Buffer.from(text));
        expect(decryptPart(key, "leaf", "content", sealed)).toBe(text);
        expect(() => decryptPart(key, "leaf", "proof", sealed)).toThrow(
          expect.objectContaining({ code: "verification_failed" }),
        );
        expect(() => decryptPart(key, "other", "content", sealed)).toThrow(
          expect.objectContaining({ code: "verification_failed" }),
        );
      }),
    );
  });

  it("notices a changed byte anywhere", () => {
    const sealed = encryptPart(key, "leaf", "content", Buffer.from("text"));
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => decryptPart(key, "leaf", "content", changed)).toThrow(
        expect.objectContaining({ code: "verification_failed" }),
      );
    }
  });

  it("uses one key per transaction and part, wrapped beside the first part under it", () => {
    const kek = memoryKeyEncryptionKey("kek", Buffer.alloc(32, 9));
    const sealer = new Sealer(kek);
    const seal = (txn: string): readonly string[] =>
      sealer
        .seal({ type: "decision", txn, body: {}, content: { a: 1 }, proof: { b: 2 } }, "leaf", 0)
        .rows.map(({ keyId }) => keyId);
    const first = seal("t1");
    expect(seal("t1")).toEqual(first);
    expect(seal("t2")).not.toEqual(first);
    expect(new Set(first).size).toBe(2);
    const rows = sealer.takeNewKeyRows();
    expect(rows.map(({ key: id }) => id)).toEqual(expect.arrayContaining([...first]));
    expect(sealer.takeNewKeyRows()).toEqual([]);
    const { wrapped }: { wrapped: string } = JSON.parse(rows[0]?.value ?? "{}");
    expect(kek.unwrap(fromBase64url(wrapped), wrapContext(rows[0]?.key ?? ""))).toHaveLength(32);
    sealer.retire("txn/t1", ["content"]);
    expect(seal("t1")[0]).not.toBe(first[0]);
    expect(seal("t1")[1]).toBe(first[1]);
  });
});
