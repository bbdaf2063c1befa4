import { beforeEach, expect, test } from "vitest";
import { type ReleaseWorld, releaseWorld, signed } from "../../test/releases/release-world.ts";
import { createMetrics } from "../telemetry/metrics/instruments.ts";
import { showDrift } from "./show-drift.ts";

let world: ReleaseWorld;
beforeEach(async () => {
  world = await releaseWorld();
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  await world.releases.promote(id, signed);
});

function shown(): unknown[] {
  const metrics = createMetrics();
  showDrift(metrics, [world.registered.agent], world.releases);
  const family = metrics.families().find(({ name }) => name === "narrowgate_release_drifted");
  return (family?.samples ?? []).map(({ value }) => value);
}

test("a release in force that is as it was signed has not drifted", () => {
  expect(shown()).toEqual([0]);
});

test("one that drifted is shown, and is while a break-glass lets its agent through", async () => {
  world.change((of) => Object.assign(of.agent, { owner: "somebody else" }));
  expect(shown()).toEqual([1]);
  const { handle } = await world.askGlass(600);
  await world.answerGlass(handle, world.four.pam, "pam");
  expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
  expect(shown()).toEqual([1]);
});
