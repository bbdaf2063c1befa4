import { beforeEach, describe, expect, test } from "vitest";
import {
  bodyOf,
  freshlyKept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../test/releases/release-world.ts";

let world: ReleaseWorld;
beforeEach(async () => {
  world = await releaseWorld();
});

const roll = { agent: "refunds", reason: "it errs" };
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );
const stateOf = (id: string): unknown => world.releases.show(id)["state"];
const nameOf = (id: string): string => String(world.releases.show(id)["deployment"]);
const actions = (): unknown[] => world.log.of("release").map((leaf) => bodyOf(leaf)["action"]);

/** A release with policies of its own, promoted a second later than what was before. */
async function promotedNext(): Promise<string> {
  world.change((of) => of.policies.push(`permit(principal, action, resource) when { ${of.revision} > 0 };`));
  world.clock.advance(1000);
  return world.promoted();
}

describe("the way back", () => {
  test("goes to the release that is named, and from there to what was in force last", async () => {
    const first = await world.promoted();
    const second = await promotedNext();
    const third = await promotedNext();
    world.clock.advance(1000);
    const gone = await world.releases.rollBack({ ...roll, to: first }, signed);
    expect(gone).toMatchObject({ ended: { id: third }, active: { id: first } });
    expect(gone).not.toHaveProperty("drifted");
    const fourth = await promotedNext();
    expect(stateOf(second)).toBe("past");
    expect(await world.releases.rollBack(roll, signed)).toMatchObject({
      ended: { id: fourth },
      active: { id: first },
    });
  });

  test("does not lead to the same deployment under another proposal, whose tokens it revokes", async () => {
    await world.promoted();
    const again = await world.promoted();
    expect(await world.releases.rollBack(roll, signed)).not.toHaveProperty("active");
    expect(world.releases.inForce(world.registered.agent)).toMatchObject({ code: "release_required" });
    expect(stateOf(again)).toBe("withdrawn");
  });

  test("is announced once it is durable, so that nobody waits for a token to expire", async () => {
    const only = await world.promoted();
    const goOn = world.log.stall();
    const rolling = world.releases.rollBack(roll, signed);
    for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(world.announced).toEqual([]);
    goOn();
    await rolling;
    expect(world.announced).toEqual([`release:${nameOf(only)}`]);
  });

  test("is gone once, however many ask for it at a time", async () => {
    await world.promoted();
    await promotedNext();
    const both = [world.releases.rollBack(roll, signed), world.releases.rollBack(roll, signed)];
    expect(await Promise.all(both.map(codeOf))).toEqual(["done", "conflict"]);
    expect(actions().filter((action) => action === "deactivated")).toHaveLength(2);
  });

  test("is not gone beside a canary that came into force meanwhile", async () => {
    await world.promoted();
    const second = await promotedNext();
    world.change((of) => of.policies.pop());
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    const { promise, resolve } = Promise.withResolvers<void>();
    world.whileCertified = () => promise;
    const rolling = codeOf(world.releases.rollBack(roll, signed));
    for (let turns = 0; turns < 50; turns += 1) await new Promise((next) => setImmediate(next));
    world.whileCertified = async () => undefined;
    expect(await codeOf(world.releases.promote(id, signed, 10))).toBe("done");
    resolve();
    expect(await rolling).toBe("conflict");
    expect([stateOf(second), stateOf(id)]).toEqual(["active", "canary"]);
  });

  test("ends a break-glass alone, where the release beside it lets nobody through for want of its policies", async () => {
    const kept = freshlyKept();
    world = await releaseWorld(kept);
    const lost = await world.promoted();
    world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
    world.change((of) => Object.assign(of.agent, { owner: "somebody else" }));
    const { handle } = await world.askGlass();
    await world.answerGlass(handle, world.four.pam, "pam");
    expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
    kept.rows.delete(`release-policy/${world.releases.proposal(lost).deployment.policy}`);
    world = await world.restart();
    expect(await codeOf(world.releases.rollBack(roll, signed))).toBe("done");
    expect(actions().slice(-2)).toEqual(["glass_opened", "glass_ended"]);
  });

  test("ends nothing where a comparison breaks, and tells so, for nobody knows what would go on", async () => {
    const kept = freshlyKept();
    world = await releaseWorld(kept);
    const { handle } = await world.askGlass();
    await world.answerGlass(handle, world.four.pam, "pam");
    expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
    const standing = (): never => {
      throw new RangeError("the registry is gone");
    };
    world = await releaseWorld({ ...kept, other: { standing } });
    await expect(world.releases.rollBack(roll, signed)).rejects.toThrow("the registry is gone");
    expect(actions().at(-1)).toBe("glass_opened");
    expect(world.releases.glasses()).toMatchObject([{ state: "open" }]);
  });
});
