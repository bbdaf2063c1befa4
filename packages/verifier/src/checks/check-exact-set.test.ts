import { type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import {
  type CaseOptions,
  digestText,
  type ExportOptions,
  newId,
  recordSupportCase,
  type SupportCase,
  sealBundle,
} from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import type { Report } from "../report.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();
const crypto = nodeCrypto();

async function bundleOf({ log, txn }: SupportCase, options: ExportOptions = {}): Promise<ProofBundle> {
  const bytes = await log.export(txn, options);
  return parseProofBundle(parseStrictJson(bytes.subarray(0, -1), { maxBytes: 64 * 1024 * 1024 }));
}

function verify(of: SupportCase, { seal: _, ...bundle }: ProofBundle): Promise<Report> {
  return verifyBundle(sealBundle(bundle), { crypto, engine, trust: of.trust() });
}

/** Types of the leaves without which the bundle still verifies, and of those without which it is open. */
async function unseen(options: CaseOptions): Promise<Record<"verified" | "open", readonly string[]>> {
  const own = recordSupportCase(engine, options);
  const bundle = await bundleOf(own);
  const found: Record<string, string[]> = { verified: [], open: [], failed: [] };
  for (const dropped of bundle.entries) {
    const entries = bundle.entries.filter((entry) => entry !== dropped);
    const { verdict } = await verify(own, { ...bundle, entries });
    found[verdict]?.push(dropped.leaf.type);
  }
  expect(found["failed"]?.length).toBeGreaterThan(10);
  return { verified: found["verified"] ?? [], open: found["open"] ?? [] };
}

describe("a leaf that was left out", () => {
  test("is missed, whichever it is", async () => {
    expect(await unseen({})).toEqual({ verified: [], open: ["closing"] });
  }, 60_000);

  test("is missed where an operator signed and a person approved", async () => {
    expect(await unseen({ operator: true, approved: true })).toEqual({ verified: [], open: ["closing"] });
  }, 60_000);
});

describe("a leaf that nothing rests on", () => {
  const boot = {
    boot: newId(),
    size: 0,
    anchor: "equal",
    procedure: engine.procedureDigest,
    feed: 0,
    clean: true,
  };

  test.each([
    ["a start", { type: "boot", body: { ...boot, root: digestText("root") } }],
    ["the key of a seal", { type: "key", body: { action: "added", purpose: "seal", kid: "seal-1" } }],
    [
      "a token key that signed nothing here",
      { type: "key", body: { action: "added", purpose: "token", kid: "token-2" } },
    ],
    [
      "an operator who signed nothing here",
      { type: "operator", body: { action: "enrolled", operator: newId(), jkt: digestText("key") } },
    ],
    [
      "a revocation after the last decision",
      { type: "revocation", body: { feed: 2, kind: "agent", id: newId(), epoch: 1, by: "system" } },
    ],
  ] as const)("is refused: %s", async (_, draft) => {
    const own = recordSupportCase(engine);
    const { id } = own.log.add(draft);
    expect((await verify(own, await bundleOf(own))).verdict).toBe("verified");
    const { verdict, failures } = await verify(own, await bundleOf(own, { strays: [id] }));
    expect(verdict).toBe("failed");
    expect(failures).toEqual([
      { rule: "E-22", entry: id, message: expect.stringContaining("nothing here rests") },
    ]);
  });
});

describe("a revocation of something else", () => {
  /** The case with its revocation, and what is refused by it, at other positions of the feed. */
  const between = (feeds: readonly [number, number]): SupportCase =>
    recordSupportCase(engine, {
      edit: (step, draft) =>
        step === "revocation" || step === "call/revoked"
          ? { ...draft, body: { ...draft.body, feed: feeds[step === "revocation" ? 0 : 1] } }
          : draft,
    });

  test("is missed where a decision used a later position of the feed", async () => {
    const own = between([2, 2]);
    const { verdict, failures } = await verify(own, await bundleOf(own));
    expect(verdict).toBe("failed");
    expect(failures[0]).toMatchObject({
      rule: "E-22",
      message: expect.stringContaining("1 of the revocations"),
    });
  });

  test("is not asked for where it came after the last decision", async () => {
    const own = between([1, 1]);
    own.log.add({
      type: "revocation",
      body: { feed: 2, kind: "agent", id: newId(), epoch: 1, by: "system" },
    });
    expect((await verify(own, await bundleOf(own))).verdict).toBe("verified");
  });
});
