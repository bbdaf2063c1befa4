import { beforeEach, expect, test } from "vitest";
import {
  freshlyKept,
  type Kept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../../test/releases/release-world.ts";

let kept: Kept;
let world: ReleaseWorld;
beforeEach(async () => {
  kept = freshlyKept();
  world = await releaseWorld(kept);
});

const actions = (): unknown[] => world.log.of("release").map(({ draft }) => draft.body["action"]);

/** Proposes what states another model. */
async function proposed(model: string): Promise<string> {
  const { id, url } = await world.releases.propose(
    { agent: "refunds", attested: [], declared: { model } },
    signed,
  );
  await world.signAll(String(url).split("#")[1] ?? "");
  world.clock.advance(1000);
  return String(id);
}

test("what is asked for is compared with what was in force last, and states what was stated of that", async () => {
  const back = { agent: "refunds", reason: "it errs" };
  await world.releases.promote(await proposed("first"), signed);
  await world.releases.promote(await proposed("second"), signed);
  world.clock.advance(1000);
  await world.releases.rollBack(back, signed);
  await world.releases.rollBack(back, signed);
  await proposed("third");
  const { id } = await world.askGlass();
  const { manifest, before } = world.releases.proposal(id);
  expect([manifest.declared, before?.declared]).toEqual([{ model: "first" }, { model: "first" }]);
});

test("what never had a release is compared with nothing", async () => {
  await proposed("first");
  const { id } = await world.askGlass();
  expect(world.releases.proposal(id)).toMatchObject({ manifest: { attested: [], declared: {} } });
  expect(world.releases.proposal(id)).not.toHaveProperty("before");
});

test.each([
  ["no release is asked for", { environment: "dev" }, /^no release is asked for here/],
  ["nobody can sign", { place: undefined }, /^nobody can sign here/],
] as const)("nothing is asked for where %s", async (_, other, words) => {
  world = await releaseWorld({ ...kept, other });
  await expect(world.askGlass()).rejects.toMatchObject({
    code: "conflict",
    publicMessage: expect.stringMatching(words),
  });
  expect(actions()).toEqual([]);
});

test("it is asked for a second at least, and for four hours at most", async () => {
  for (const seconds of [0, -1, 14_401]) {
    await expect(world.askGlass(seconds)).rejects.toMatchObject({
      code: "malformed_input",
      publicMessage: "/seconds: must be 1 to 14400",
    });
  }
  for (const seconds of [1, 14_400]) await world.askGlass(seconds);
  expect(world.releases.glasses()).toHaveLength(2);
});

test("nothing is asked for on the evaluation of something else", async () => {
  world.foundAs = (found) => ({ ...found, release: "A".repeat(43) });
  await expect(world.askGlass()).rejects.toMatchObject({ code: "release_drifted" });
  expect(actions()).toEqual([]);
});

test("an agent that is not there is not let through", async () => {
  const asked = world.releases.askGlass({ agent: "another", reason: "an outage", seconds: 60 }, signed);
  await expect(asked).rejects.toMatchObject({ code: "not_found" });
});
