import { describe, expect, test } from "vitest";
import { bodyOf, releaseWorld, signed } from "../../../test/releases/release-world.ts";

describe("promotion", () => {
  test("keeps back what blocks by now, says what turned since it was signed, and puts that on record", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.blocking = ["POL-01", "REL-01"];
    const refused = await world.releases.promote(id, signed).catch((cause: Error) => cause.message);
    expect(refused).toContain("POL-01; not when it was signed: POL-01");
    expect(refused).not.toContain("REL-01");
    expect(world.log.of("assurance").map((leaf) => bodyOf(leaf)["kind"])).toEqual(["evaluation"]);
    expect(world.releases.inForce(world.registered.agent)).toMatchObject({ code: "release_required" });
    world.blocking = ["REL-01"];
    await expect(world.releases.promote(id, signed)).resolves.toMatchObject({ state: "active" });
  });

  test("puts the evaluation it lets a release through on in the commit of its activation", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    await world.releases.promote(id, signed);
    const activated = world.log.of("release").at(-1);
    const evaluation = world.log.of("assurance").at(-1);
    expect(bodyOf(activated)).toMatchObject({ action: "activated", evaluation: evaluation?.draft.id });
  });
});
