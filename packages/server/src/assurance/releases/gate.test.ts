import { describe, expect, it } from "vitest";
import { releaseWorld, signed } from "../../../test/releases/release-world.ts";

const refusal = (code: string, words: RegExp) =>
  expect.objectContaining({ code, publicMessage: expect.stringMatching(words) });

describe("the gate before a release comes into force", () => {
  it("is held by each control that blocks, but for those that it holds itself", async () => {
    const world = await releaseWorld();
    world.blocking = ["IDN-03", "REL-01", "REL-03", "REL-04", "TSC-01"];
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    await expect(world.releases.promote(id, signed)).rejects.toEqual(
      refusal("release_not_ready", /: TSC-01$/),
    );
    world.blocking = ["IDN-03", "REL-01", "REL-03", "REL-04"];
    const next = await world.propose();
    await world.signAll(next.handle);
    expect(await world.releases.promote(next.id, signed)).toMatchObject({ state: "active" });
  });

  it("opens once for a release", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    await world.releases.promote(id, signed);
    await expect(world.releases.promote(id, signed)).rejects.toEqual(refusal("conflict", /is active/));
  });

  it("says which part is not as it was signed", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.change((registered) => {
      registered.agent = { ...registered.agent, purpose: "pays out" };
    });
    await expect(world.releases.promote(id, signed)).rejects.toEqual(refusal("release_drifted", /: agent$/));
  });

  it("is held by another profile than the four signed under", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    const before = world.profile;
    world.profile = { ...before, version: before.version + 1 };
    await expect(world.releases.promote(id, signed)).rejects.toEqual(
      refusal("release_not_ready", /another gate profile/),
    );
    world.profile = before;
    expect(await world.releases.promote(id, signed)).toMatchObject({ state: "active" });
  });

  it("is asked again behind the evaluation", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.whileJudged = () => world.people.remove(world.four.pam.ref);
    await expect(world.releases.promote(id, signed)).rejects.toEqual(
      refusal("release_not_signed", /of pam does not count/),
    );
    expect(world.log.of("release").filter(({ draft }) => draft.body["action"] === "activated")).toEqual([]);
  });

  it("keeps the evaluation that it was decided on, whether it let the release by or not", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.blocking = ["TSC-01"];
    await expect(world.releases.promote(id, signed)).rejects.toEqual(refusal("release_not_ready", /TSC-01/));
    world.blocking = [];
    await world.releases.promote(id, signed);
    const recorded = world.log.of("assurance").map(({ draft }) => draft.id);
    expect(world.keptOf).toHaveLength(2);
    expect(recorded.slice(-2)).toEqual(world.keptOf);
  });

  it("says that a release is in force once that is durable, and not before", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    const release = world.log.stall();
    let isTold = false;
    const promoting = world.releases.promote(id, signed).then(() => {
      isTold = true;
    });
    for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([world.log.of("release").at(-1)?.draft.body["action"], isTold]).toEqual(["activated", false]);
    release();
    await promoting;
  });
});
