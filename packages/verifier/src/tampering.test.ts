import {
  canonicalJson,
  isNarrowgateError,
  type JsonObject,
  type JsonValue,
  toBase64url,
  utf8,
} from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase, sha256 } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "./crypto.node.ts";
import type { Report } from "./report.ts";
import { verifyBundle } from "./verify-bundle.ts";

const engine = createNodeEngine();
const crypto = nodeCrypto();
const honest = recordSupportCase(engine, { calls: 1 });
const bytes = await honest.log.export(honest.txn, { earlier: [5] });
const trust = honest.trust();

function verify(file: Uint8Array): Promise<Report> {
  return verifyBundle(file, { crypto, engine, trust });
}

function flip(at: number, mask: number): Uint8Array {
  const file = bytes.slice();
  file[at] = (file[at] ?? 0) ^ mask;
  return file;
}

/** The file in canonical form with a seal that fits, whatever it now says; undefined when it is no JSON any more. */
function repairSeal(file: Uint8Array): Uint8Array | undefined {
  try {
    const { seal: _, ...rest }: JsonObject = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(file),
    );
    const seal: JsonValue = toBase64url(sha256(utf8(canonicalJson(rest))));
    return utf8(`${canonicalJson({ ...rest, seal })}\n`);
  } catch (error) {
    if (isNarrowgateError(error) || error instanceof SyntaxError || error instanceof TypeError)
      return undefined;
    throw error;
  }
}

function everyNth(count: number, offset: number): readonly number[] {
  const step = bytes.length / count;
  return Array.from({ length: count }, (_, i) => Math.floor(i * step + offset) % bytes.length);
}

describe("a single byte changed", () => {
  test("anywhere in the file breaks its form or its seal", async () => {
    for (const at of everyNth(200, 0)) {
      const report = await verify(flip(at, 1 << (at % 7)));
      expect([report.verdict, report.failures[0]?.rule]).toEqual(["failed", "E-21"]);
    }
  }, 60_000);

  test("anywhere fails all the same when the seal is made to fit again, and never throws", async () => {
    const same = canonicalJson(JSON.parse(new TextDecoder().decode(bytes)));
    const verified: string[] = [];
    for (const at of everyNth(150, 17)) {
      const repaired = repairSeal(flip(at, 1 << (at % 7)));
      if (repaired === undefined) continue;
      const text = new TextDecoder().decode(repaired);
      // A flip inside the seal itself is undone by the repair.
      if (text === `${same}\n`) continue;
      const { verdict } = await verify(repaired);
      if (verdict !== "failed") verified.push(`${at}: ${text.slice(at - 20, at + 20)}`);
    }
    // INVARIANT: nothing in a bundle is free to change: what is not hashed into the tree is checked against it.
    expect(verified).toEqual([]);
  }, 60_000);
});
