import { readFileSync } from "node:fs";
import { formatLeaf, parseLeaf } from "@narrowgate/contracts";
import { type JsonObject, sha256, toBase64url } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { leafHash, makeVerifierKey } from "@narrowgate/tlog";
import { expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import { indexBundle } from "../evidence.ts";
import { Findings } from "../findings.ts";
import type { ReadEntry } from "../read-bundle.ts";
import { checkReleases } from "./check-releases.ts";

type Vectors = {
  readonly origin: string;
  readonly release: string;
  /** Leaves that stand in front of those of each case: people and their passkeys, and an evaluation. */
  readonly before: readonly JsonObject[];
  /** Leaves of a break-glass of which nothing is opened, and the rule that they break. */
  readonly cases: readonly {
    readonly why: string;
    readonly fails: string | null;
    readonly leaves: readonly JsonObject[];
  }[];
};

const { origin, release, before, cases }: Vectors = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/assurance/glass.json", import.meta.url), "utf8"),
);
const options = { crypto: nodeCrypto(), engine: createNodeEngine() };
// No certificate stands here, so that nothing is asked of the key of the log.
const key = makeVerifierKey(sha256, { name: origin, type: 1, publicKey: new Uint8Array(32) });

function entryOf(value: JsonObject): ReadEntry {
  const leaf = parseLeaf(value);
  const hash = leafHash(sha256, formatLeaf(leaf));
  const none = { inclusion: [], parts: new Map(), openings: {}, uncommitted: [] };
  return { leaf, hash, hashText: toBase64url(hash), ...none };
}

test.each(cases)("judges a break-glass as the vectors say: $why", async ({ fails, leaves }) => {
  const frame = { checkpoint: `${origin}\n`, earlier: [], erased: [], seal: release };
  const bundle = { format: "narrowgate-proof/1", release, ...frame } as const;
  const evidence = indexBundle(bundle, [...before, ...leaves].map(entryOf), options);
  const findings = new Findings();
  await checkReleases(evidence, findings, key);
  const rules = findings.failures.map(({ rule, entry }) => ({ rule, entry }));
  // Only the last leaf breaks a rule.
  expect(rules).toEqual(fails === null ? [] : [{ rule: fails, entry: leaves.at(-1)?.["id"] }]);
});
