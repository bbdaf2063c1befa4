import { sha256, toBase64url, utf8 } from "@narrowgate/kernel";
import {
  type HashReader,
  inclusionProof,
  leafHash,
  nodeHash,
  treeRoot,
  verifyInclusion,
} from "@narrowgate/tlog";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InclusionPaths } from "./inclusion-paths.ts";

const maxSize = 70;
const leaves = Array.from({ length: maxSize }, (_, i) => leafHash(sha256, utf8(String(i))));

const read: HashReader = async (level, index) => {
  if (level === 0) return leaves[index] ?? new Uint8Array(32);
  return nodeHash(sha256, await read(level - 1, 2 * index), await read(level - 1, 2 * index + 1));
};

/** A change to one proof, or none. */
type Change = { readonly kind: "none" | "swap" | "cut" | "more" | "shift" | "leaf"; readonly at: number };

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("none", "none", "swap", "cut", "more", "shift", "leaf"),
  at: fc.nat({ max: 8 }),
});

function changed(proof: readonly string[], { kind, at }: Change): readonly string[] {
  const other = toBase64url(leaves[at] ?? new Uint8Array(32));
  switch (kind) {
    case "swap":
      return proof.map((hash, i) => (i === at % proof.length ? other : hash));
    case "cut":
      return proof.slice(0, -1);
    case "more":
      return [...proof, other];
    default:
      return proof;
  }
}

describe("inclusion proofs checked together", () => {
  test("are accepted exactly where each alone is, in any order, honest or not", async () => {
    const asked = fc.array(fc.record({ index: fc.nat({ max: maxSize }), change }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: maxSize }), asked, async (size, list) => {
        const root = await treeRoot(sha256, size, read);
        const paths = new InclusionPaths(sha256, size, root);
        for (const { index: wanted, change: lie } of list) {
          const index = wanted % size;
          const proof = changed((await inclusionProof(sha256, index, size, read)).map(toBase64url), lie);
          const claimed = lie.kind === "shift" ? (index + 1) % (size + 1) : index;
          const hash = leaves[lie.kind === "leaf" ? lie.at : index] ?? new Uint8Array(32);
          const alone = verifyInclusion(sha256, {
            index: claimed,
            size,
            leafHash: hash,
            proof: proof.map((text) => new Uint8Array(Buffer.from(text, "base64url"))),
            root,
          });
          expect(paths.includes(claimed, hash, proof)).toBe(alone.kind === "included");
        }
      }),
      { numRuns: 200 },
    );
  });
});
