import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { type ReleaseWorld, releaseWorld, signed } from "../../../test/releases/release-world.ts";
import type { InForce } from "./in-force.ts";

const inForce = ({ releases, registered }: ReleaseWorld): InForce => releases.inForce(registered.agent);
const deploymentOf = (found: InForce): string => (found.kind === "released" ? found.deployment : found.code);
const anotherPolicy = (world: ReleaseWorld): void =>
  world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));

async function glassOpened(world: ReleaseWorld): Promise<{ readonly id: string; readonly handle: string }> {
  const glass = await world.askGlass(60);
  await world.answerGlass(glass.handle, world.four.pam, "pam");
  expect(await world.answerGlass(glass.handle, world.four.security, "security")).toBe("open");
  return glass;
}

test("a token hangs on the epoch of its release, read anew each time", async () => {
  const world = await releaseWorld();
  await world.promoted();
  const found = inForce(world);
  const kindRef = `release:${deploymentOf(found)}`;
  expect(found).toMatchObject({ kind: "released", pair: [kindRef, 0] });
  world.epochs.set(kindRef, 3);
  expect(found).toMatchObject({ pair: [kindRef, 3] });
});

test("what is in force is told of the agent that was asked about, and of no other", async () => {
  const world = await releaseWorld();
  const other = { ...world.registered.agent, id: "triage", ref: randomId() };
  expect(inForce(world)).toMatchObject({ why: "no release of refunds is active" });
  expect(world.releases.inForce(other)).toMatchObject({ why: "no release of triage is active" });
});

test("a release that was gone back to is in force at once, though nothing that is registered changed", async () => {
  const world = await releaseWorld();
  await world.promoted();
  const first = deploymentOf(inForce(world));
  anotherPolicy(world);
  await world.promoted();
  expect(deploymentOf(inForce(world))).not.toBe(first);
  await world.releases.rollBack({ agent: "refunds", reason: "it errs" }, signed);
  expect(deploymentOf(inForce(world))).toBe(first);
});

test("a break-glass that follows another is in force by its own name", async () => {
  const world = await releaseWorld();
  const { handle } = await glassOpened(world);
  const first = deploymentOf(inForce(world));
  world.clock.advance(60_000);
  await world.answerGlass(handle, world.four.compliance, "compliance", { findings: "fine" });
  const { id } = await glassOpened(world);
  expect(deploymentOf(inForce(world))).not.toBe(first);
  expect(world.releases.isGlassOf(world.registered.agent, deploymentOf(inForce(world)))).toBe(true);
  expect(world.releases.glasses().find((one) => one["id"] === id)).toMatchObject({
    deployment: deploymentOf(inForce(world)),
  });
});

test("a release that is promoted beside an open break-glass is what tokens are of from then on", async () => {
  const world = await releaseWorld();
  await glassOpened(world);
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  const goOn = world.log.stall();
  const promoting = world.releases.promote(id, signed);
  for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(world.log.of("release").at(-1)?.draft.body["action"]).toBe("activated");
  expect(inForce(world)).toMatchObject({ kind: "released" });
  expect(inForce(world)).not.toHaveProperty("untilMs");
  goOn();
  await promoting;
});
