import { generateKeyPairSync } from "node:crypto";
import { createNodeEngine } from "@narrowgate/policy/node";
import { cosignatureType, formatVerifierKey, makeVerifierKey } from "@narrowgate/tlog";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { beforeAll, describe, expect, it } from "vitest";
import { type ReleaseEdit, releaseForgeries } from "./harness/release-forgeries.ts";
import { type ReleaseStory, recordReleaseStory } from "./harness/release-story.ts";
import { resealed, rewritten, sha256 } from "./harness/rewritten-log.ts";

let story: ReleaseStory;
const engine = createNodeEngine();
const witness = generateKeyPairSync("ed25519");

beforeAll(async () => {
  story = await recordReleaseStory();
}, 120_000);

/** Verifies a bundle as written anew by whoever holds the keys of the log and of the only witness. */
async function verdictOn(of: "release" | "txn", edit: ReleaseEdit): Promise<Report> {
  const { x = "" } = witness.publicKey.export({ format: "jwk" });
  const publicKey = Buffer.from(x, "base64url");
  const key = makeVerifierKey(sha256, { name: "witness.example", type: cosignatureType, publicKey });
  const trust = { ...story.trust, witnesses: { keys: [formatVerifierKey(key)], threshold: 1 } };
  const whole = story[of];
  const kept = whole.entries.filter((entry) => edit(entry, whole, story) !== undefined);
  const bundle = { ...whole, entries: kept };
  const keys = { log: story.logKey, witness: witness.privateKey };
  const forged = await rewritten({ bundle, trust }, keys, (entry) => edit(entry, whole, story) ?? entry);
  return verifyBundle(resealed(forged), { trust, crypto: nodeCrypto(), engine });
}

const rulesOf = ({ failures }: Report): readonly string[] => failures.map(({ rule }) => rule);

describe("a release that a forger writes who has the keys of the log", () => {
  it("is proven where nothing is changed", async () => {
    for (const of of ["release", "txn"] as const) {
      const report = await verdictOn(of, (entry) => entry);
      expect(report.failures).toEqual([]);
      expect(report.verdict).toBe("verified");
    }
  });

  it.each(Object.entries(releaseForgeries))("is refused with %s", async (_, { of, rule, edit }) => {
    expect(rulesOf(await verdictOn(of, edit))).toContain(rule);
  });
});
