import { describe, expect, test } from "vitest";
import { type ReleaseWorld, releaseWorld, signed } from "../../../test/releases/release-world.ts";

async function promoted(): Promise<ReleaseWorld & { readonly first: string }> {
  const world = await releaseWorld();
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  await world.releases.promote(id, signed);
  return Object.assign(world, { first: id });
}

describe("what a reader is shown", () => {
  const policyRow = (world: ReleaseWorld, handle: string): string | undefined => {
    const described = world.releases.describe(handle);
    return described?.state === "open"
      ? described.rows.find(({ label }) => label === "policies: added")?.value
      : undefined;
  };

  test("calls policies by their names beside the digests that are signed, and still does after a restart", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    const [digest = ""] = (await world.releases.proposal(id)).manifest.policies;
    expect(policyRow(world, handle)).toBe(`refunds.cedar#1 (${digest}): nothing -> "${digest}"`);
    expect(world.releases.show(id)["policy_names"]).toEqual({ [digest]: "refunds.cedar#1" });
    const after = await world.restart();
    expect(policyRow(after, handle)).toBe(policyRow(world, handle));
  });

  test("knows the name of a policy that the release in force had and the proposed one has not", async () => {
    const world = await promoted();
    const [old = ""] = world.releases.proposal(world.first).manifest.policies;
    world.change((of) => {
      of.policies = ["permit(principal, action, resource) when { true };"];
    });
    const { id } = await world.propose();
    expect(world.releases.show(id)["policy_names"]).toMatchObject({ [old]: "refunds.cedar#1" });
  });

  test("is not told that a release stands where none is in force", async () => {
    const world = await releaseWorld();
    expect(world.releases.isStanding(world.registered.agent)).toBeUndefined();
  });

  test("knows the name of a policy that was published since, by which it differs", async () => {
    const world = await promoted();
    world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
    const { drift, policy_names } = world.releases.show(world.first);
    const [change] = (drift as { changes: { name: string }[] }).changes;
    expect(policy_names).toMatchObject({ [String(change?.name)]: "refunds.cedar#2" });
  });

  test("is told in a list whether what is in force still is what was signed", async () => {
    const world = await promoted();
    const stands = () => world.releases.list()[0]?.["stands"];
    const isStanding = () => world.releases.isStanding(world.registered.agent);
    expect(stands()).toEqual({ stops: [], left: 0 });
    expect(isStanding()).toBe(true);
    world.change((of) => {
      of.server = { ...of.server, tools: of.server.tools.filter(({ name }) => name === "list") };
    });
    expect(stands()).toEqual({ stops: [], left: 1 });
    expect(isStanding()).toBe(false);
    world.change((of) => of.policies.pop());
    expect(stands()).toEqual({ stops: [], left: 1 });
    world.change((of) => Object.assign(of.agent, { owner: "somebody" }));
    expect(stands()).toEqual({ stops: ["deployment"], left: 1 });
    const { id } = await world.propose();
    expect(world.releases.list().find((one) => one["id"] === id)).not.toHaveProperty("stands");
  });
});
