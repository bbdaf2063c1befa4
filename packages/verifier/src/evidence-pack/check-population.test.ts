import { readFileSync } from "node:fs";
import {
  formatLeaf,
  LEAVES_A_FILE,
  type Leaf,
  packFile,
  populationName,
  tarEnd,
  tarHeader,
  tarPadding,
} from "@narrowgate/contracts";
import { concatBytes, fromUtf8, sha256, toBase64url, utf8 } from "@narrowgate/kernel";
import { leafHash } from "@narrowgate/tlog";
import { expect, test } from "vitest";
import { checkPopulation } from "./check-population.ts";
import type { ReleasePart } from "./check-release-part.ts";
import { ArchiveReader } from "./read-archive.ts";
import { PackRefusal } from "./refuse.ts";

type Case = {
  readonly why: string;
  readonly holds: boolean;
  readonly ref: string;
  readonly since: number;
  /** Hash of the newest leaf, and its place in the chain of the agent. */
  readonly seed: string;
  readonly seq: number;
  /** Newest first. */
  readonly lines: readonly string[];
};

const { populations }: { readonly populations: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/evidence-pack/contained.json", import.meta.url), "utf8"),
);

/** What is read of a pack behind its reports. */
async function* archiveOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  const files: [string, Uint8Array][] = [["servers.json", packFile([])]];
  for (let from = 0; from < lines.length; from += LEAVES_A_FILE) {
    const text = lines.slice(from, from + LEAVES_A_FILE).map((line) => `${line}\n`);
    files.push([populationName(files.length), utf8(text.join(""))]);
  }
  for (const [name, bytes] of files)
    yield concatBytes(tarHeader(name, bytes.length), bytes, tarPadding(bytes.length));
  yield tarEnd();
}

function partOf({ ref, since, seed, seq }: Case): ReleasePart {
  // The population is held to these members alone, and a whole release is no matter here.
  return JSON.parse(
    JSON.stringify({
      pack: { ref, since, sample: 1, release: "" },
      evaluated: { leaf: { agent: { seq } } },
      ...{ seed, entries: [], manifest: { tools: [], procedure: "p" } },
    }),
  );
}

/** @returns how many leaves were read, or the rule that fails */
function check(one: Case): Promise<number | string> {
  const files = new ArchiveReader(sha256, archiveOf(one.lines));
  return checkPopulation(files, partOf(one), sha256).then(
    ({ leaves }) => leaves,
    (error: unknown) => (error instanceof PackRefusal ? error.rule : String(error)),
  );
}

test.each(populations)("of a pack is judged as the vectors say: $why", async (one) => {
  expect(await check(one)).toBe(one.holds ? one.lines.length : "K-13");
});

/** A population of nothing but tokens, each of which names 64 deployments that no other one does. */
function tokensOf(count: number, ref: string, since: number): Case {
  const lines: string[] = [];
  const digest = toBase64url(sha256(utf8("")));
  let prev: string | null = null;
  for (let seq = 0; seq < count; seq++) {
    const names = Array.from({ length: 64 }, (_, i) => `release:${seq}-${i}`).sort();
    const link = { seq, prev };
    const leaf: Leaf<"token"> = {
      ...{ v: 1, id: ref, type: "token", at: since, agent: { id: ref, ...link } },
      writer: { id: ref, ...link },
      body: {
        ...{ decision: ref, token: digest, digest, mode: "root", jkt: digest, expires_s: 1 },
        epochs: names.map((name) => [name, 0]),
      },
    };
    const bytes = formatLeaf(leaf);
    prev = toBase64url(leafHash(sha256, bytes));
    lines.unshift(fromUtf8(bytes));
  }
  return { why: "", holds: true, ref, since, seed: prev ?? "", seq: count - 1, lines };
}

test("takes tokens of 100,000 deployments at most", async () => {
  const { ref = "", since = 0 } = populations[0] ?? {};
  expect(await check(tokensOf(1562, ref, since))).toBe(1562);
  expect(await check(tokensOf(1563, ref, since))).toBe("K-13");
}, 30_000);
