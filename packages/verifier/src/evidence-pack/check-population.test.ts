import { readFileSync } from "node:fs";
import { packFile, tarEnd, tarHeader, tarPadding } from "@narrowgate/contracts";
import { concatBytes, sha256, utf8 } from "@narrowgate/kernel";
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
  const files = {
    "servers.json": packFile([]),
    "population/000001.jsonl": utf8(lines.map((line) => `${line}\n`).join("")),
  };
  for (const [name, bytes] of Object.entries(files))
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

test.each(populations)("of a pack is judged as the vectors say: $why", async (one) => {
  const files = new ArchiveReader(sha256, archiveOf(one.lines));
  const checked = checkPopulation(files, partOf(one), sha256);
  const rule = await checked.then(
    ({ leaves }) => leaves,
    (error: unknown) => (error instanceof PackRefusal ? error.rule : String(error)),
  );
  expect(rule).toBe(one.holds ? one.lines.length : "K-13");
});
