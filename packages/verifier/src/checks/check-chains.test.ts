import { readFileSync } from "node:fs";
import { formatLeaf, parseLeaf } from "@narrowgate/contracts";
import { type JsonObject, scanCanonicalJson, utf8 } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { digestText, newId, sha256 } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { BundleText } from "../bundle-text.ts";
import { nodeCrypto } from "../crypto.node.ts";
import { indexBundle } from "../evidence.ts";
import { Findings } from "../findings.ts";
import type { BundleFrame } from "../read-bundle.ts";
import { ENTRY_DEPTH, ENTRY_SPAN_DEPTH, readEntryFrame } from "../read-entry.ts";
import { checkChains } from "./check-chains.ts";

interface ChainCase {
  readonly name: string;
  readonly rule?: string;
  readonly entries: readonly { readonly leaf: JsonObject; readonly hash: string }[];
}

const vectors: { readonly accepted: readonly ChainCase[]; readonly refused: readonly ChainCase[] } =
  JSON.parse(readFileSync(new URL("../../../../test/vectors/evidence/chains.json", import.meta.url), "utf8"));
const options = { crypto: nodeCrypto(), engine: createNodeEngine() };

function check({ entries }: ChainCase): {
  readonly rules: readonly string[];
  readonly hashes: readonly string[];
} {
  const leaves = entries.map(({ leaf }) => parseLeaf(leaf));
  const bundle: BundleFrame = {
    format: "narrowgate-proof/1",
    txn: leaves.find(({ txn }) => txn !== undefined)?.txn?.id ?? `${newId()}.${newId()}`,
    checkpoint: "-",
    earlier: [],
    erased: [],
    seal: digestText(""),
  };
  const read = leaves.map((leaf) => {
    const bytes = utf8(`{"inclusion":[],"leaf":${new TextDecoder().decode(formatLeaf(leaf))}}`);
    const span = scanCanonicalJson(bytes, { maxDepth: ENTRY_DEPTH, spanDepth: ENTRY_SPAN_DEPTH });
    return { ...readEntryFrame(sha256, new BundleText(bytes), span), openings: {}, uncommitted: [] };
  });
  const evidence = indexBundle(bundle, read, options);
  const findings = new Findings();
  checkChains(evidence, findings);
  return {
    rules: findings.failures.map(({ rule }) => rule),
    hashes: evidence.entries.map(({ hashText }) => hashText),
  };
}

describe("chains", () => {
  test.each(vectors.accepted)("hold: $name", (chain) => {
    expect(check(chain)).toEqual({ rules: [], hashes: chain.entries.map(({ hash }) => hash) });
  });

  test.each(vectors.refused)("do not hold: $name", (chain) => {
    expect(check(chain).rules.length).toBeGreaterThan(0);
  });
});
