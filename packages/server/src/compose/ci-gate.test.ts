import { expect, test } from "vitest";
import { type ReleaseWorld, releaseWorld, signed } from "../../test/releases/release-world.ts";
import { gateAnswer } from "./ci-gate.ts";

const told = ({ clock, releases, registered }: ReleaseWorld) =>
  gateAnswer({ clock, config: { environment: "prod" }, releases }, registered.agent);

test("a job is told that a release is ready which is in force, and no other", async () => {
  const world = await releaseWorld();
  expect(told(world)).toMatchObject({ ready: false });
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  await world.releases.promote(id, signed);
  expect(told(world)).toMatchObject({ ready: true, blocks: [] });
});

test("what a break-glass lets through is not ready", async () => {
  const world = await releaseWorld();
  const { handle } = await world.askGlass();
  await world.answerGlass(handle, world.four.pam, "pam");
  expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
  expect(told(world)).toMatchObject({
    ready: false,
    blocks: ["it is let through by a break-glass: no release is in force as it was signed"],
  });
});
