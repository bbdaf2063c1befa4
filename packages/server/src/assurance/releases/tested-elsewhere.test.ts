import type { ReleasePack } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import {
  freshlyKept,
  type Kept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../test/releases/release-world.ts";

const STATED = { attested: [], declared: { model: "none" } };
const other = "A".repeat(43);

let kept: Kept;
let world: ReleaseWorld;
/** Digest of what is registered here. */
let release: string;
beforeEach(async () => {
  kept = freshlyKept();
  world = await releaseWorld(kept);
  await world.propose();
  release = String(world.releases.list()[0]?.["release"]);
});

/** Proposes what a verified pack says. @param found - members of the evaluation in it */
async function propose(pack: Partial<ReleasePack>, found: JsonObject = {}): Promise<string> {
  const tested: ReleasePack = {
    format: "narrowgate-tested/1",
    agent: "refunds",
    ...STATED,
    release,
    evaluation: "A".repeat(22),
    proof: found,
    ...pack,
  };
  return world.releases.propose({ agent: "refunds", ...STATED, tested }, signed).then(
    (made) => String(made["state"]),
    (error: { code?: string }) => error.code ?? String(error),
  );
}

const result = (control: string, max_age_s: number): JsonObject => ({ control, max_age_s, verdict: "pass" });
const dayAgo = (): number => world.clock.nowMs() - 86_400_000;

describe("a release that was tested elsewhere", () => {
  test("is proposed on what was found there", async () => {
    const at = world.clock.nowMs();
    expect(await propose({}, { at })).toBe("open");
    expect(world.releases.list()[0]).toMatchObject({ blocking: [] });
  });

  test.each([
    ["of another release", { release: other }],
    ["of another agent", { agent: "writer" }],
  ] as const)("is refused when the pack is %s, before anything of it is verified", async (_, pack) => {
    const verifyTested = () => expect.unreachable("what it is about stands in the pack itself");
    world = await releaseWorld({ ...kept, other: { verifyTested } });
    expect(await propose(pack)).toBe("release_drifted");
    expect(world.releases.list()).toHaveLength(1);
  });

  test("is refused when it was held to another profile than is asked for here", async () => {
    expect(await propose({}, { profile: other })).toBe("release_not_ready");
  });

  test("is refused when a result that counts here is too old by now", async () => {
    expect(await propose({}, { at: dayAgo(), results: [result("POL-01", 3600)] })).toBe("release_not_ready");
    expect(await propose({}, { at: dayAgo(), results: [result("POL-01", 86_399)] })).toBe(
      "release_not_ready",
    );
    expect(await propose({}, { at: dayAgo(), results: [result("POL-01", 86_400)] })).toBe("open");
  });

  test("is not refused for the age of what no profile asks for", async () => {
    expect(await propose({}, { at: dayAgo(), results: [result("TSC-05", 1)] })).toBe("open");
  });
});
