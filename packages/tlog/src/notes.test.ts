import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { concatBytes, type Sha256, utf8 } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CheckpointFault,
  cosignatureMessage,
  decodeCosignature,
  encodeCosignature,
  formatAddCheckpoint,
  formatCheckpoint,
  formatLogProof,
  formatNote,
  formatSignatureLines,
  formatTreeSize,
  formatVerifierKey,
  parseAddCheckpoint,
  parseAddCheckpointResponse,
  parseCheckpoint,
  parseLogProof,
  parseNote,
  parseTreeSize,
  parseVerifierKey,
  type VerifySignature,
  verifyCheckpoint,
} from "./index.ts";

const sha256: Sha256 = (data) => createHash("sha256").update(data).digest();
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

const verifySignature: VerifySignature = (publicKey, message, signature) => {
  const key = createPublicKey({
    key: Buffer.from(concatBytes(spkiPrefix, publicKey)),
    format: "der",
    type: "spki",
  });
  return verify(null, message, key, signature);
};

interface CheckpointVectors {
  logKey: string;
  witnessKeys: string[];
  text: string;
  verified: { name: string; threshold: number; note: string; times: number[] }[];
  refused: { name: string; threshold: number; note: string; fault: CheckpointFault }[];
}

function read<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../test/vectors/tlog/${name}.json`, import.meta.url), "utf8"),
  );
}

const vectors = read<CheckpointVectors>("checkpoints");
const logKey = parseVerifierKey(sha256, vectors.logKey);
const witnesses = vectors.witnessKeys.map((key) => parseVerifierKey(sha256, key));
const malformed = expect.objectContaining({ code: expect.stringMatching(/^malformed_(?:input|bytes)$/) });

/** `text` with one character changed, removed or added. */
const slips = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.constantFrom("", "\n", " ", "0", "A", "=", "+", "\u2014", "\u0001"),
      fc.nat(1),
    )
    .map(([at, put, remove]) => text.slice(0, at) + put + text.slice(at + remove));

/** Checks that a parser accepts nothing but what its formatter writes. */
function expectStrict(text: string, roundTrip: (text: string) => string): void {
  expect(roundTrip(text)).toBe(text);
  fc.assert(
    fc.property(slips(text), (slip) => {
      try {
        expect(roundTrip(slip)).toBe(slip);
      } catch (error) {
        expect(error).toEqual(malformed);
      }
    }),
    { numRuns: 1000 },
  );
}

const aNote = vectors.verified[2]?.note ?? "";
const hashes = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(255)];

describe("formats accept only what they write", () => {
  test("notes", () => {
    expectStrict(aNote, (text) => formatNote(parseNote(text)));
    expect(formatNote(parseNote(utf8(aNote)))).toBe(aNote);
  });

  test("notes whose text has blank lines and looks like a signature", () => {
    const { signatures } = parseNote(aNote);
    const text = `a\n\n${formatSignatureLines(signatures)}b\n`;
    const note = formatNote({ text, signatures });
    expect(parseNote(note)).toEqual({ text, signatures });
  });

  test("checkpoints", () => {
    expectStrict(vectors.text, (text) => formatCheckpoint(parseCheckpoint(text)));
    expectStrict(`${vectors.text}an extension\n`, (text) => formatCheckpoint(parseCheckpoint(text)));
  });

  test("verifier keys", () => {
    expectStrict(vectors.logKey, (text) => formatVerifierKey(parseVerifierKey(sha256, text)));
  });

  test("add-checkpoint bodies and answers", () => {
    const body = formatAddCheckpoint({ oldSize: 7, proof: hashes, note: parseNote(aNote) });
    expect(body.startsWith("old 7\nAQEB")).toBe(true);
    expectStrict(body, (text) => formatAddCheckpoint(parseAddCheckpoint(text)));
    const first = formatAddCheckpoint({ oldSize: 0, proof: [], note: parseNote(aNote) });
    expect(first).toBe(`old 0\n\n${aNote}`);
    expectStrict(first, (text) => formatAddCheckpoint(parseAddCheckpoint(text)));
    expectStrict(formatSignatureLines(parseNote(aNote).signatures), (text) =>
      formatSignatureLines(parseAddCheckpointResponse(text)),
    );
    expectStrict("20852014\n", (text) => formatTreeSize(parseTreeSize(text)));
  });

  test("log proofs, with and without extra data", () => {
    const note = parseNote(aNote);
    const plain = formatLogProof({ index: 3, proof: hashes, note });
    expectStrict(plain, (text) => formatLogProof(parseLogProof(text)));
    const extra = formatLogProof({ extra: utf8("context"), index: 0, proof: [], note });
    expect(extra).toBe(`c2sp.org/tlog-proof@v1\nextra Y29udGV4dA==\nindex 0\n\n${aNote}`);
    expectStrict(extra, (text) => formatLogProof(parseLogProof(text)));
  });

  test("cosignatures", () => {
    const time = fc.maxSafeNat();
    fc.assert(
      fc.property(time, fc.uint8Array({ minLength: 64, maxLength: 64 }), (time, signature) => {
        expect(decodeCosignature(encodeCosignature({ time, signature }))).toEqual({ time, signature });
      }),
    );
    expect(() => decodeCosignature(new Uint8Array(71))).toThrow(malformed);
    expect(() => decodeCosignature(new Uint8Array(72).fill(255))).toThrow(malformed);
    expect(cosignatureMessage(5, "a\n")).toEqual(utf8("cosignature/v1\ntime 5\na\n"));
  });
});

describe("bounds", () => {
  test("64 proof hashes are refused", () => {
    const proof = Array.from({ length: 64 }, () => new Uint8Array(32));
    const note = parseNote(aNote);
    expect(() => formatAddCheckpoint({ oldSize: 1, proof, note })).toThrow(malformed);
    const line = `${Buffer.alloc(32).toString("base64")}\n`;
    expect(() => parseAddCheckpoint(`old 1\n${line.repeat(64)}\n${aNote}`)).toThrow(malformed);
    expect(() => parseAddCheckpoint(`old 1\n${line.repeat(10_000)}\n${aNote}`)).toThrow(malformed);
    expect(parseAddCheckpoint(`old 1\n${line.repeat(63)}\n${aNote}`).proof).toHaveLength(63);
  });

  test("100 signatures are read, 101 refused", () => {
    const { text, signatures } = parseNote(vectors.verified[0]?.note ?? "");
    const many = Array.from({ length: 100 }, () => signatures).flat();
    expect(parseNote(formatNote({ text, signatures: many })).signatures).toHaveLength(100);
    expect(() => formatNote({ text, signatures: [...many, ...signatures] })).toThrow(malformed);
  });

  test("a note of more than a million bytes is refused", () => {
    expect(() => parseNote("é\n".repeat(400_000) + aNote)).toThrow(malformed);
    expect(() => parseNote(new Uint8Array(1_000_001).fill(0x0a))).toThrow(malformed);
  });

  test("bytes that are not UTF-8 are refused", () => {
    expect(() => parseNote(concatBytes(Uint8Array.of(0xff), utf8(aNote)))).toThrow(malformed);
  });
});

test.each([
  ["an id that is not the key's", vectors.logKey.replace(/\+[0-9a-f]{8}\+/, "+00000000+")],
  ["a name with a space", vectors.logKey.replace("audit", "au dit")],
  ["a name with a no-break space", vectors.logKey.replace("audit", "au\u00a0dit")],
  ["no name", vectors.logKey.slice(vectors.logKey.indexOf("+"))],
  ["no key", "audit.example+00000000+"],
])("a verifier key with %s is refused", (_name, text) => {
  expect(() => parseVerifierKey(sha256, text)).toThrow(malformed);
});

describe("verifyCheckpoint", () => {
  test.each(vectors.verified)("verifies: $name", async ({ threshold, note, times }) => {
    const outcome = await verifyCheckpoint(note, logKey, { witnesses, threshold }, verifySignature);
    expect(outcome).toMatchObject({ kind: "verified", checkpoint: { origin: logKey.name, size: 20 } });
    expect(outcome.kind === "verified" && outcome.witnesses.map((witness) => witness.time)).toEqual(times);
  });

  test.each(vectors.refused)("refuses: $name", async ({ threshold, note, fault }) => {
    const outcome = await verifyCheckpoint(utf8(note), logKey, { witnesses, threshold }, verifySignature);
    expect(outcome).toEqual({ kind: "refused", fault });
  });

  test("verifies the checkpoints of a log written by another implementation", async () => {
    const log = read<{ key: string; checkpoints: string[] }>("tessera-log");
    const key = parseVerifierKey(sha256, log.key);
    for (const note of log.checkpoints) {
      const outcome = await verifyCheckpoint(note, key, { witnesses: [], threshold: 0 }, verifySignature);
      expect(outcome.kind).toBe("verified");
    }
  });

  test("a verifier that throws on a wrong length is never given one", async () => {
    const picky: VerifySignature = (publicKey, message, signature) => {
      if (signature.length !== 64) throw new RangeError("not 64 bytes");
      return verifySignature(publicKey, message, signature);
    };
    for (const { threshold, note, fault } of vectors.refused) {
      const outcome = await verifyCheckpoint(note, logKey, { witnesses, threshold }, picky);
      expect(outcome).toEqual({ kind: "refused", fault });
    }
  });

  test("any change to a signed checkpoint is refused", async () => {
    await fc.assert(
      fc.asyncProperty(slips(vectors.verified[1]?.note ?? ""), async (note) => {
        const policy = { witnesses, threshold: 1 };
        const outcome = await verifyCheckpoint(note, logKey, policy, verifySignature);
        expect(outcome.kind).toBe(note === vectors.verified[1]?.note ? "verified" : "refused");
      }),
      { numRuns: 300 },
    );
  });

  test("a policy that repeats a key, uses a log key as witness, or cannot be met is our own mistake", async () => {
    const [witness = logKey] = witnesses;
    const renamed = { ...witness, name: "other.example" };
    for (const policy of [
      { witnesses: [witness, renamed], threshold: 1 },
      { witnesses: [logKey], threshold: 1 },
      { witnesses: [witness], threshold: 2 },
    ]) {
      await expect(verifyCheckpoint(aNote, logKey, policy, verifySignature)).rejects.toThrow(
        expect.objectContaining({ code: "internal_error" }),
      );
    }
  });
});
