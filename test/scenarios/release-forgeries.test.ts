import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "@narrowgate/verifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Verdicts, verdictOnForgery } from "./harness/forged-verdict.ts";
import { type ReleaseEdit, releaseForgeries } from "./harness/release-forgeries.ts";
import { type ReleaseStory, recordReleaseStory } from "./harness/release-story.ts";

let story: ReleaseStory;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "narrowgate-forgeries-"));
  story = await recordReleaseStory();
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

function verdictOn(of: "release" | "txn" | "canary", edit: ReleaseEdit): Promise<Verdicts> {
  const whole = story[of];
  return verdictOnForgery({ ...story, whole, folder }, (entry) => edit(entry, whole, story));
}

const rulesOf = ({ failures }: Report): readonly string[] => failures.map(({ rule }) => rule);

describe("a release that a forger writes who has the keys of the log", () => {
  it("is proven where nothing is changed", async () => {
    for (const of of ["release", "txn", "canary"] as const) {
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
