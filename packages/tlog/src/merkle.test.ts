import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { concatBytes, fromBase64, type Sha256, toBase64, toHex, utf8 } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  consistencyProof,
  decodeEntryBundle,
  emptyRoot,
  Frontier,
  type HashReader,
  inclusionProof,
  leafHash,
  nodeHash,
  parseCheckpoint,
  parseNote,
  tileHashReader,
  tilePath,
  tilesFor,
  tileWidth,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from "./index.ts";

const sha256: Sha256 = (data) => createHash("sha256").update(data).digest();

function vectors<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../test/vectors/tlog/${name}.json`, import.meta.url), "utf8"),
  );
}

const leaves = Array.from({ length: 700 }, (_, i) => leafHash(sha256, utf8(`leaf ${i}`)));

/** RFC 6962 section 2.1, word for word: the slow truth. */
function naiveRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const [first] = hashes;
  if (first === undefined) return sha256(new Uint8Array(0));
  if (hashes.length === 1) return first;
  const k = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return sha256(concatBytes(Uint8Array.of(1), naiveRoot(hashes.slice(0, k)), naiveRoot(hashes.slice(k))));
}

function naivePath(index: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length === 1) return [];
  const k = 2 ** Math.floor(Math.log2(hashes.length - 1));
  const [left, right] = [hashes.slice(0, k), hashes.slice(k)];
  return index < k
    ? [...naivePath(index, left), naiveRoot(right)]
    : [...naivePath(index - k, right), naiveRoot(left)];
}

function naiveSubproof(old: number, hashes: readonly Uint8Array[], known: boolean): Uint8Array[] {
  if (old === hashes.length) return known ? [] : [naiveRoot(hashes)];
  const k = 2 ** Math.floor(Math.log2(hashes.length - 1));
  const [left, right] = [hashes.slice(0, k), hashes.slice(k)];
  return old <= k
    ? [...naiveSubproof(old, left, known), naiveRoot(right)]
    : [...naiveSubproof(old - k, right, false), naiveRoot(left)];
}

function frontierOf(size: number): Frontier {
  const frontier = new Frontier(sha256);
  for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
  return frontier;
}

/** Writes tiles as a log would: from the subtrees the frontier reports, nothing else. */
function tilesOf(size: number): Map<string, Uint8Array> {
  const levels: Uint8Array[][] = [];
  const frontier = new Frontier(sha256);
  for (const leaf of leaves.slice(0, size)) {
    frontier.append(leaf, (level, index, hash) => {
      if (level % 8 !== 0) return;
      levels[level / 8] ??= [];
      expect(levels[level / 8]).toHaveLength(index);
      levels[level / 8]?.push(hash);
    });
  }
  const tiles = new Map<string, Uint8Array>();
  for (const { level, index, width } of tilesFor(size)) {
    const start = index * tileWidth;
    tiles.set(
      tilePath(level, index, width),
      concatBytes(...(levels[Number(level)] ?? []).slice(start, start + width)),
    );
  }
  return tiles;
}

function readerOver(size: number): HashReader {
  const tiles = tilesOf(size);
  return tileHashReader(sha256, size, async ({ level, index, width }) => {
    const tile = tiles.get(tilePath(level, index, width));
    if (tile === undefined) throw new RangeError("a tile was read that the tree does not have");
    return tile;
  });
}

const hexes = (hashes: readonly Uint8Array[]): string[] => hashes.map(toHex);
const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: leaves.length }));

describe("the trees of 0 to 20 leaves", () => {
  test.each(vectors<{ size: number; root: string }[]>("roots"))(
    "size $size has its root",
    ({ size, root }) => {
      expect(toBase64(frontierOf(size).root())).toBe(root);
    },
  );

  test("every leaf has its proof, which verifies", async () => {
    for (const { size, index, proof } of vectors<{ size: number; index: number; proof: string[] }[]>(
      "inclusion",
    )) {
      const made = await inclusionProof(sha256, index, size, readerOver(size));
      expect(made.map(toBase64)).toEqual(proof);
      const claim = { index, size, leafHash: leaves[index] ?? new Uint8Array(), proof: made };
      expect(verifyInclusion(sha256, { ...claim, root: frontierOf(size).root() })).toEqual({
        kind: "included",
      });
    }
  });

  test("every pair has its proof, which verifies", async () => {
    type Pair = { oldSize: number; size: number; proof: string[] };
    for (const { oldSize, size, proof } of vectors<Pair[]>("consistency")) {
      const made = await consistencyProof(sha256, oldSize, size, readerOver(size));
      expect(made.map(toBase64)).toEqual(proof);
      const [oldRoot, root] = [frontierOf(oldSize).root(), frontierOf(size).root()];
      expect(verifyConsistency(sha256, { oldSize, size, oldRoot, root, proof: made })).toEqual({
        kind: "consistent",
      });
    }
  });
});

describe("against the recursive definitions", () => {
  test("roots, frontiers and tiles agree at any size", async () => {
    await fc.assert(
      fc.asyncProperty(size, async (n) => {
        const root = toHex(naiveRoot(leaves.slice(0, n)));
        expect(toHex(frontierOf(n).root())).toBe(root);
        expect(toHex(await treeRoot(sha256, n, readerOver(n)))).toBe(root);
      }),
      { numRuns: 40 },
    );
  });

  test("proofs are those of the RFC, verify, and verify for nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, a, b) => {
        const [index, other, hashes] = [a % n, b % n, leaves.slice(0, n)];
        const proof = await inclusionProof(sha256, index, n, readerOver(n));
        expect(hexes(proof)).toEqual(hexes(naivePath(index, hashes)));
        const root = naiveRoot(hashes);
        const outcome = verifyInclusion(sha256, {
          index: other,
          size: n,
          leafHash: leaves[index] ?? new Uint8Array(),
          proof,
          root,
        });
        expect(outcome.kind).toBe(other === index ? "included" : "excluded");
      }),
      { numRuns: 60 },
    );
  });

  test("consistency proofs are those of the RFC and verify", async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), async (n, a) => {
        const oldSize = 1 + (a % n);
        const hashes = leaves.slice(0, n);
        const proof = await consistencyProof(sha256, oldSize, n, readerOver(n));
        expect(hexes(proof)).toEqual(hexes(naiveSubproof(oldSize, hashes, true)));
        const [oldRoot, root] = [naiveRoot(hashes.slice(0, oldSize)), naiveRoot(hashes)];
        expect(verifyConsistency(sha256, { oldSize, size: n, oldRoot, root, proof }).kind).toBe("consistent");
        const flipped = proof.map((hash, i) =>
          i === a % proof.length ? hash.map((byte) => byte ^ 1) : hash,
        );
        if (proof.length > 0) {
          expect(verifyConsistency(sha256, { oldSize, size: n, oldRoot, root, proof: flipped }).kind).toBe(
            "inconsistent",
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("vectors of others", () => {
  type Inclusion = {
    name: string;
    leafIdx: number;
    treeSize: number;
    root: string;
    leafHash: string;
    proof: string[] | null;
    wantErr: boolean;
  };
  const bytes = (text: string | null): Uint8Array => fromBase64(text ?? "");

  test.each(vectors<Inclusion[]>("merkle-inclusion"))("inclusion $name", (v) => {
    const proof = (v.proof ?? []).map(bytes);
    const outcome = verifyInclusion(sha256, {
      index: v.leafIdx,
      size: v.treeSize,
      leafHash: bytes(v.leafHash),
      proof,
      root: bytes(v.root),
    });
    expect(outcome.kind).toBe(v.wantErr ? "excluded" : "included");
  });

  type Consistency = {
    name: string;
    size1: number;
    size2: number;
    root1: string;
    root2: string;
    proof: string[] | null;
    wantErr: boolean;
  };

  test.each(vectors<Consistency[]>("merkle-consistency"))("consistency $name", (v) => {
    const proof = (v.proof ?? []).map(bytes);
    const outcome = verifyConsistency(sha256, {
      oldSize: v.size1,
      size: v.size2,
      oldRoot: bytes(v.root1),
      root: bytes(v.root2),
      proof,
    });
    // Some of these use short texts in place of roots, which are never hashes here.
    const areHashes = bytes(v.root1).length === 32 && bytes(v.root2).length === 32;
    expect(outcome.kind).toBe(v.wantErr || !areHashes ? "inconsistent" : "consistent");
  });

  test("a log written by another implementation has the roots its checkpoints give", () => {
    const log = vectors<{ checkpoints: string[]; entries: string; tile: string }>("tessera-log");
    const entries = decodeEntryBundle(fromBase64(log.entries));
    const frontier = new Frontier(sha256);
    const roots = [frontier.root()];
    for (const entry of entries) {
      frontier.append(leafHash(sha256, entry));
      roots.push(frontier.root());
    }
    expect(toBase64(concatBytes(...entries.map((entry) => leafHash(sha256, entry))))).toBe(log.tile);
    for (const text of log.checkpoints) {
      const checkpoint = parseCheckpoint(parseNote(text).text);
      expect(toBase64(checkpoint.root)).toBe(toBase64(roots[checkpoint.size] ?? new Uint8Array()));
    }
  });
});

describe("hostile proofs", () => {
  test("any claim gets an outcome, never an exception", () => {
    const number = fc.oneof(fc.nat(20), fc.double(), fc.constantFrom(2 ** 53 - 1, 2 ** 53, -1, 2 ** 32));
    const hash = fc.uint8Array({ maxLength: 33 });
    const proof = fc.oneof(
      fc.array(hash),
      fc.array(fc.constant(new Uint8Array(32)), { minLength: 50, maxLength: 200 }),
    );
    const claims = fc.record({ oldSize: number, size: number, oldRoot: hash, root: hash, proof });
    fc.assert(
      fc.property(claims, (claim) => {
        const { oldSize, size, oldRoot, root, proof } = claim;
        const inclusion = { index: oldSize, size, leafHash: oldRoot, root, proof };
        expect(verifyInclusion(sha256, inclusion).kind).toBe("excluded");
        const isSame =
          oldSize === size && proof.length === 0 && root.length === 32 && toHex(oldRoot) === toHex(root);
        if (!isSame) expect(verifyConsistency(sha256, claim).kind).toBe("inconsistent");
      }),
    );
  });

  test("sizes beyond 32 bits keep their arithmetic", () => {
    // The last leaf of a tree of 2^52 + 1 leaves has one sibling, the root of all the others.
    const others = new Uint8Array(32).fill(7);
    const leaf = new Uint8Array(32).fill(9);
    const root = nodeHash(sha256, others, leaf);
    const claim = { index: 2 ** 52, size: 2 ** 52 + 1, leafHash: leaf, proof: [others], root };
    expect(verifyInclusion(sha256, claim)).toEqual({ kind: "included" });
    expect(verifyInclusion(sha256, { ...claim, size: 2 ** 52 + 2 }).kind).toBe("excluded");
    const growth = { oldSize: 2 ** 52, size: 2 ** 52 + 1, oldRoot: others, root, proof: [leaf] };
    expect(verifyConsistency(sha256, growth)).toEqual({ kind: "consistent" });
    expect(verifyConsistency(sha256, { ...growth, oldSize: 2 ** 20 }).kind).toBe("inconsistent");
  });

  test("a proof in a tree of 2^53-1 leaves has the hashes the definition asks for", async () => {
    const asked: [number, number][] = [];
    const reader: HashReader = async (level, index) => {
      asked.push([level, index]);
      return new Uint8Array(32);
    };
    expect(await inclusionProof(sha256, 2 ** 53 - 2, 2 ** 53 - 1, reader)).toHaveLength(52);
    expect(asked.every(([level, index]) => (index + 1) * 2 ** level <= 2 ** 53 - 1)).toBe(true);
    expect(await inclusionProof(sha256, 0, 2 ** 53 - 1, reader)).toHaveLength(53);
  });
});

describe("a consistency claim about another tree is refused", () => {
  const other = new Uint8Array(32).fill(1);

  test.each([
    [3, 7],
    [4, 7],
    [7, 7],
    [0, 7],
    [0, 0],
  ])("of %i leaves that grew to %i", async (oldSize, n) => {
    const proof = await consistencyProof(sha256, oldSize, n, n === 0 ? async () => other : readerOver(n));
    const claim = {
      oldSize,
      size: n,
      oldRoot: frontierOf(oldSize).root(),
      root: frontierOf(n).root(),
      proof,
    };
    expect(verifyConsistency(sha256, claim).kind).toBe("consistent");
    expect(verifyConsistency(sha256, { ...claim, oldRoot: other }).kind).toBe("inconsistent");
    if (oldSize > 0) expect(verifyConsistency(sha256, { ...claim, root: other }).kind).toBe("inconsistent");
    expect(verifyConsistency(sha256, { ...claim, proof: [...proof, other] }).kind).toBe("inconsistent");
  });

  test("even if both roots are the same and the empty tree is claimed for both", () => {
    const claim = { oldSize: 0, size: 0, oldRoot: other, root: other, proof: [] };
    expect(verifyConsistency(sha256, claim)).toEqual({ kind: "inconsistent", fault: "root_mismatch" });
  });
});

describe("Frontier", () => {
  test("survives being written and read at any size, and goes on from there", () => {
    fc.assert(
      fc.property(size, (n) => {
        const frontier = frontierOf(n - 1);
        const restored = Frontier.restore(sha256, frontier.serialise());
        expect(restored.size).toBe(n - 1);
        restored.append(leaves[n - 1] ?? new Uint8Array());
        expect(toHex(restored.root())).toBe(toHex(frontierOf(n).root()));
        expect(frontier.size).toBe(n - 1);
      }),
      { numRuns: 50 },
    );
  });

  test("a clone goes its own way", () => {
    const frontier = frontierOf(5);
    const before = toHex(frontier.root());
    const clone = frontier.clone();
    clone.append(new Uint8Array(32));
    expect(toHex(frontier.root())).toBe(before);
    expect(clone.size).toBe(6);
  });

  test("refuses what it would not have written", () => {
    const bytes = frontierOf(5).serialise();
    const tooLarge = new Uint8Array(8 + 32).fill(0xff);
    for (const bad of [
      new Uint8Array(0),
      bytes.slice(0, -1),
      concatBytes(bytes, new Uint8Array(32)),
      tooLarge,
    ]) {
      expect(() => Frontier.restore(sha256, bad)).toThrow(
        expect.objectContaining({ code: "malformed_input" }),
      );
    }
  });

  test("the empty one has the root of nothing", () => {
    expect(toHex(new Frontier(sha256).root())).toBe(toHex(emptyRoot(sha256)));
  });

  test("refuses a leaf hash that is none", () => {
    expect(() => new Frontier(sha256).append(new Uint8Array(31))).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  });
});

test("a tile of the wrong length is refused", async () => {
  const reader = tileHashReader(sha256, 3, async () => new Uint8Array(64));
  await expect(reader(0, 2)).rejects.toThrow(expect.objectContaining({ code: "malformed_input" }));
  await expect(reader(1, 1)).rejects.toThrow(expect.objectContaining({ code: "internal_error" }));
});
