import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNodeEngine } from "@narrowgate/policy/node";
import { cosignatureType, formatVerifierKey, makeVerifierKey } from "@narrowgate/tlog";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ReleaseEdit, releaseForgeries } from "./harness/release-forgeries.ts";
import { type ReleaseStory, recordReleaseStory } from "./harness/release-story.ts";
import { resealed, rewritten, sha256 } from "./harness/rewritten-log.ts";
import { childEnvironment, runChild } from "./harness/run-child.ts";

const CHECKER = fileURLToPath(new URL("../independent/check_bundle.py", import.meta.url));
const PYTHON = process.env["NARROWGATE_PYTHON"] ?? "python3";

let story: ReleaseStory;
let folder: string;
const engine = createNodeEngine();
const witness = generateKeyPairSync("ed25519");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "narrowgate-forgeries-"));
  story = await recordReleaseStory();
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

interface Verdicts {
  readonly report: Report;
  /** What the independent checker says. */
  readonly independent: string;
}

/** Verifies a bundle as written anew by whoever holds the keys of the log and of the only witness. */
async function verdictOn(of: "release" | "txn", edit: ReleaseEdit): Promise<Verdicts> {
  const { x = "" } = witness.publicKey.export({ format: "jwk" });
  const publicKey = Buffer.from(x, "base64url");
  const key = makeVerifierKey(sha256, { name: "witness.example", type: cosignatureType, publicKey });
  const trust = { ...story.trust, witnesses: { keys: [formatVerifierKey(key)], threshold: 1 } };
  const whole = story[of];
  const kept = whole.entries.filter((entry) => edit(entry, whole, story) !== undefined);
  const bundle = { ...whole, entries: kept };
  const keys = { log: story.logKey, witness: witness.privateKey };
  const forged = await rewritten({ bundle, trust }, keys, (entry) => edit(entry, whole, story) ?? entry);
  const bytes = resealed(forged);
  const places = [join(folder, "proof.json"), join(folder, "trust.json")] as const;
  await writeFile(places[0], bytes);
  await writeFile(places[1], JSON.stringify(trust));
  const command = [PYTHON, CHECKER, places[0], "--trust", places[1]];
  const { stdout } = await runChild(command, { env: childEnvironment(folder) });
  const report = await verifyBundle(bytes, { trust, crypto: nodeCrypto(), engine });
  return { report, independent: stdout };
}

const rulesOf = ({ failures }: Report): readonly string[] => failures.map(({ rule }) => rule);

describe("a release that a forger writes who has the keys of the log", () => {
  it("is proven where nothing is changed", async () => {
    for (const of of ["release", "txn"] as const) {
      const { report, independent } = await verdictOn(of, (entry) => entry);
      expect(report.failures).toEqual([]);
      expect(report.verdict).toBe("verified");
      expect(independent).toContain("its certificate says what the leaves say");
      expect(independent).not.toContain("broken");
    }
  });

  it.each(Object.entries(releaseForgeries))(
    "is refused with %s, by the independent checker too",
    async (_, { of, rule, edit }) => {
      const { report, independent } = await verdictOn(of, edit);
      expect(rulesOf(report)).toContain(rule);
      expect(independent).toMatch(/broken (R-|E-37)/);
    },
  );
});
