import { type BundleEntry, parseProofBundle } from "@narrowgate/contracts";
import { fromUtf8, sha256 } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { expect, test } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { createFold, type Fold } from "./create-fold.ts";
import { evaluate } from "./evaluate.ts";
import type { Want } from "./seen.ts";

/** Folds the entries of a bundle as if they were the whole log. */
function foldEntries(entries: readonly BundleEntry[]): Fold {
  const { key } = foldFixture(controls, fixture());
  const fold = createFold(controls, key);
  const open = ({ index, part }: Want): unknown => entries[index]?.openings?.[part];
  for (const [index, { leaf }] of entries.entries()) {
    const wants = fold.wants({ leaf, index });
    fold.take({ leaf, index }, (want) =>
      wants.some(({ id, part }) => id === want.id && part === want.part) ? open(want) : undefined,
    );
  }
  return fold;
}

test("finds no counter-example in a transaction that the verifier finds in order", async () => {
  const recorded = recordSupportCase(createNodeEngine(), { calls: 3, approved: true, operator: true });
  const { entries } = parseProofBundle(JSON.parse(fromUtf8(await recorded.log.export(recorded.txn))));
  const fold = foldEntries(entries);
  const agents = Object.keys(fold.known.agents);
  expect(agents.length).toBeGreaterThan(1);
  const { world } = fixture();
  for (const ref of agents) {
    const at = fold.known.lastAt + 1000;
    const log = { ...world.log, size: entries.length };
    const window = { from: at - 86_400_000, to: at };
    const seen = { ...world, at, window, log, agent: { ...world.agent, ref } };
    const { results } = evaluate(fold, catalogue, seen, sha256);
    const failed = results.filter(({ control, verdict }) => verdict === "fail" && control !== "REL-03");
    expect(failed.map(({ control, violations }) => [control, violations[0]?.says])).toEqual([]);
    const decided = results.filter(({ population }) => population.count > 0).map(({ control }) => control);
    expect(decided).toEqual(expect.arrayContaining(["CRD-02", "CRD-03", "DEL-02", "DEL-06", "EVD-03"]));
  }
});
