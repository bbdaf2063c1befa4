import { type ControlResult, type Evaluation, readCertificate } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { bodyOf, releaseWorld, signed } from "../../../test/releases/release-world.ts";

function result(control: string, verdict: ControlResult["verdict"]): ControlResult {
  return {
    control,
    verdict,
    population: { count: 1, of: "calls" },
    decided: 1,
    window: { from: 0, to: 1 },
    max_age_s: 60,
    vantage: [],
    violations: [],
    violations_in_all: 0,
    evidence: [],
    drills: [],
    parameters: {},
  };
}

describe("promotion", () => {
  test("keeps back what blocks by now, says what turned since it was signed, and puts that on record", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.blocking = ["POL-01", "REL-01"];
    const refused = await world.releases.promote(id, signed).catch((cause: Error) => cause.message);
    expect(refused).toContain("block it now, and did not when it was signed: POL-01;");
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

  test("certifies what was not established when it was signed, and nothing else as that", async () => {
    const world = await releaseWorld();
    const verdicts = { "POL-01": "pass", "TSC-05": "not_established", "TSC-06": "fail" } as const;
    const results = Object.entries(verdicts).map(([control, verdict]) => result(control, verdict));
    world.foundAs = (found) => ({ ...found, results });
    await world.promoted();
    const activated = world.log.of("release").at(-1);
    const { predicate } = readCertificate(activated?.draft.content?.["certificate"]);
    expect(predicate.not_established).toEqual(["TSC-05"]);
  });

  test.each([
    ["elsewhere stands in for what was not looked at here", "gate.example.test/log/other", true],
    ["here is looked at anew", "gate.example.test/log/x", false],
  ])("what was found %s", async (_, origin, isHandedIn) => {
    const world = await releaseWorld();
    const given: (Evaluation | undefined)[] = [];
    world.foundAs = (found, ...tested) => {
      given.push(...tested);
      return { ...found, log: { ...found.log, origin } };
    };
    const id = await world.promoted();
    expect(given).toEqual([isHandedIn ? world.releases.proposal(id).evaluation : undefined]);
  });

  test("is refused when what was evaluated is not what was signed, though it stands as signed before and after", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.foundAs = (found) => ({ ...found, release: "A".repeat(43) });
    await expect(world.releases.promote(id, signed)).rejects.toMatchObject({ code: "release_drifted" });
    expect(world.releases.inForce(world.registered.agent)).toMatchObject({ code: "release_required" });
  });
});
