import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import {
  freshlyKept,
  type Kept,
  type ReleaseWorld,
  releaseWorld,
} from "../../../test/releases/release-world.ts";

let kept: Kept;
let world: ReleaseWorld;
beforeEach(async () => {
  kept = freshlyKept();
  world = await releaseWorld(kept);
});

/** The row with another value at a place in it. */
function spoilt(row: JsonValue, [member = "", ...rest]: readonly string[], value: JsonValue): JsonValue {
  const members: JsonObject = Object(row);
  const inner = rest.length === 0 ? value : spoilt(members[member] ?? null, rest, value);
  return Array.isArray(row)
    ? row.map((item, i) => (String(i) === member ? inner : item))
    : { ...members, [member]: inner };
}

/** What opening says once the one row of a room is not what was written at a place. */
async function faultOf(room: string, place: string): Promise<unknown> {
  const [[key, row] = expect.unreachable()] = [...kept.rows].filter(([name]) => name.startsWith(`${room}/`));
  kept.rows.set(key, spoilt(row, place.split("/").slice(1), [1]));
  return world.restart().then(
    () => "opened",
    ({ code, publicMessage }) => [code, publicMessage.includes(`/${key}${place}`) ? "there" : publicMessage],
  );
}

const OF_PROPOSAL = [
  ...["/id", "/handle", "/nonce", "/state", "/agent", "/agentRef", "/readiness", "/proposedAtMs"],
  ...["/notAfterMs", "/activatedAtMs", "/promotedOn", "/share", "/author", "/author/ref", "/author/name"],
  ...["/given/0/role", "/given/0/person", "/given/0/name", "/given/0/entry", "/given/0/statement"],
  ...["/given/0/client_data", "/given/0/authenticator_data", "/given/0/signature"],
];
const OF_GLASS = [
  ...["/proposal", "/proposal/given/0/role", "/reason", "/seconds", "/state", "/untilMs", "/endedAtMs"],
  ...["/review", "/review/role", "/review/person", "/review/name", "/review/findings", "/review/atMs"],
];

describe("what was kept is read whole or not at all, and the place that is not ours is named", () => {
  test.each(OF_PROPOSAL)("a proposal's %s", async (place) => {
    await world.promoted();
    expect(await faultOf("release", place)).toEqual(["malformed_input", "there"]);
  });

  test("a proposal's name of a policy", async () => {
    const id = await world.promoted();
    const [digest = ""] = world.releases.proposal(id).manifest.policies;
    expect(await faultOf("release", `/policyNames/${digest}`)).toEqual(["malformed_input", "there"]);
  });

  test.each(OF_GLASS)("a break-glass's %s", async (place) => {
    const { handle } = await world.askGlass(60);
    await world.answerGlass(handle, world.four.pam, "pam");
    await world.answerGlass(handle, world.four.security, "security");
    world.clock.advance(60_000);
    await world.answerGlass(handle, world.four.compliance, "compliance", { findings: "fine" });
    expect(await faultOf("release-glass", place)).toEqual(["malformed_input", "there"]);
  });

  test("a member that nobody writes", async () => {
    await world.promoted();
    expect(await faultOf("release", "/more")).toEqual(["malformed_input", expect.any(String)]);
  });
});

test("a break-glass is there again after a restart as it was, its review and its early end among it", async () => {
  const { handle } = await world.askGlass(60);
  await world.answerGlass(handle, world.four.pam, "pam");
  await world.answerGlass(handle, world.four.security, "security");
  world.clock.advance(1000);
  await world.releases.rollBack(
    { agent: "refunds", reason: "it errs" },
    { operator: "A".repeat(22), jws: "e30.e30.AA" },
  );
  await world.answerGlass(handle, world.four.compliance, "compliance", { findings: "fine" });
  const before = world.releases.glasses();
  expect(before[0]).toMatchObject({ state: "reviewed", review: { name: "compliance person" } });
  expect((await world.restart()).releases.glasses()).toEqual(before);
});

test("a proposal is there again after a restart as it was, whatever came of it", async () => {
  const first = await world.promoted();
  world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  await world.releases.promote(id, { operator: "A".repeat(22), jws: "e30.e30.AA" }, 10);
  const { id: third } = await world.propose();
  const again = await world.restart();
  for (const one of [first, id, third]) {
    expect(again.releases.proposal(one)).toEqual(world.releases.proposal(one));
    expect(again.releases.show(one)).toEqual(world.releases.show(one));
  }
});
