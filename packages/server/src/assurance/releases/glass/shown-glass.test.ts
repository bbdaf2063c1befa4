import { GLASS_REVIEW_MS } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import {
  freshlyKept,
  type Kept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../../test/releases/release-world.ts";
import type { ReleasePorts } from "../ports.ts";

const txn = randomId();
const back = { agent: "refunds", reason: "it errs" };
type Dispatched = Awaited<ReturnType<ReleasePorts["dispatched"]>>[number];

let kept: Kept;
let world: ReleaseWorld;
let told: Dispatched[];
beforeEach(async () => {
  told = [];
  const dispatched: ReleasePorts["dispatched"] = async (indexes) =>
    told.filter(({ index }) => indexes.includes(index));
  kept = { ...freshlyKept(), other: { dispatched } };
  world = await releaseWorld(kept);
});

async function opened(seconds = 60): Promise<string> {
  const { handle } = await world.askGlass(seconds);
  await world.answerGlass(handle, world.four.pam, "pam");
  expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
  return handle;
}

const shown = () => world.releases.glasses()[0] ?? {};

/** Values of what its page shows under a label. */
async function rowsOf(handle: string, label: string): Promise<readonly string[]> {
  const described = await world.releases.describeGlass(handle);
  const rows = described !== undefined && "rows" in described ? described.rows : [];
  return rows.filter((row) => row.label === label).map(({ value }) => value);
}

/** Calls under the open break-glass, a second apart. */
function called(dispatches: readonly number[]): void {
  const { agent, deployment } = shown();
  expect(agent).toBe("refunds");
  for (const dispatch of dispatches) {
    const call = {
      server: "payments",
      kind: "tool",
      name: "refund",
      effect: "write",
      egress: false,
    } as const;
    const { room, key, value = null } = world.releases.changing(String(deployment), { dispatch, ...call });
    kept.rows.set(`${room}/${key}`, value);
    told.push({ index: dispatch, atMs: dispatch * 1000, txn, outcome: "ok" });
  }
}

describe("a break-glass in a list", () => {
  test("has an address while somebody can answer it, and no longer", async () => {
    const { handle } = await world.askGlass(60);
    const url = `https://${new URL(String(shown()["url"])).host}/glass#${handle}`;
    expect(shown()).toMatchObject({ state: "asked", url });
    await world.answerGlass(handle, world.four.pam, "pam");
    await world.answerGlass(handle, world.four.security, "security");
    expect(shown()).toMatchObject({ state: "open" });
    expect(shown()).not.toHaveProperty("url");
    world.clock.advance(60_000);
    expect(shown()).toMatchObject({ state: "due", url });
    await world.answerGlass(handle, world.four.compliance, "compliance", { findings: "fine" });
    expect(shown()).toMatchObject({ state: "reviewed" });
    expect(shown()).not.toHaveProperty("url");
  });

  test("says when it ends, and once it is over by when it has to be reviewed", async () => {
    await world.askGlass();
    expect(shown()).not.toHaveProperty("until");
    world.clock.advance(1000);
    await opened();
    const until = world.clock.nowMs() + 60_000;
    expect(shown()).toMatchObject({ state: "open", until });
    expect(shown()).not.toHaveProperty("review_due");
    world.clock.set(until);
    expect(shown()).toMatchObject({ until, review_due: until + GLASS_REVIEW_MS, overdue: false });
    world.clock.advance(GLASS_REVIEW_MS - 1);
    expect(shown()).toMatchObject({ overdue: false });
    world.clock.advance(1);
    expect(shown()).toMatchObject({ overdue: true });
  });

  test("ended when it was ended, where that was before its time", async () => {
    const handle = await opened();
    world.clock.advance(1000);
    const until = world.clock.nowMs();
    await world.releases.rollBack(back, signed);
    world.clock.advance(5000);
    expect(shown()).toMatchObject({ until, review_due: until + GLASS_REVIEW_MS });
    expect(await rowsOf(handle, "Ended")).toEqual([new Date(until).toISOString()]);
  });

  test("stands before those that were asked for earlier", async () => {
    const ids: string[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      ids.unshift((await world.askGlass()).id);
      world.clock.advance(1000);
    }
    expect(world.releases.glasses().map(({ id }) => id)).toEqual(ids);
  });

  test("is over for those who wait for revocations once its end is durable, and not before", async () => {
    await opened();
    const { deployment } = shown();
    const goOn = world.log.stall();
    const ending = world.releases.rollBack(back, signed);
    for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(world.announced).toEqual([]);
    goOn();
    await ending;
    expect(world.announced).toEqual([`release:${deployment}`]);
  });
});

describe("what a break-glass is for", () => {
  test("is found by its id, and by the deployment that its tokens name", async () => {
    await opened();
    const { id, deployment } = shown();
    const proposal = world.releases.proposal(String(id));
    expect(proposal).toMatchObject({ id, deployment: { glass: id } });
    expect(world.releases.policyOf(String(deployment))).toBe(proposal.deployment.policy);
    expect(await world.releases.changed(String(deployment))).toMatchObject({ agent: "refunds", deployment });
    const { agent } = world.registered;
    const isOf = (ref: string) => world.releases.isGlassOf({ ...agent, ref }, String(deployment));
    expect([isOf(agent.ref), isOf(randomId())]).toEqual([true, false]);
    expect(world.releases.isGlassOf(agent, "A".repeat(43))).toBe(false);
  });
});

describe("what its reviewer is shown", () => {
  test("is who asked and who signed, and when it ended", async () => {
    const handle = await opened();
    world.clock.advance(60_000);
    expect(await rowsOf(handle, "Asked by")).toEqual(["Olga"]);
    expect(await rowsOf(handle, "Signed by")).toEqual(["pam person (pam), security person (security)"]);
    expect(await rowsOf(handle, "Ended")).toEqual([new Date(world.clock.nowMs()).toISOString()]);
    expect(await rowsOf(handle, "Reason")).toEqual(["an outage"]);
  });

  test("is each call that changed something, newest first, and the number of those that nothing is told of", async () => {
    const handle = await opened();
    called([5, 9, 12]);
    told = told.filter(({ index }) => index !== 9);
    world.clock.advance(60_000);
    const described = await world.releases.describeGlass(handle);
    const rows = described !== undefined && "rows" in described ? described.rows : [];
    const line = (second: number) => ({
      label: new Date(second * 1000).toISOString(),
      value: `payments tool refund (write): ok, in ${txn}`,
    });
    expect(rows.slice(-3)).toEqual([
      { label: "Calls that changed something", value: "3" },
      line(12),
      line(5),
    ]);
  });

  test("is two hundred calls one by one, and how many there are", async () => {
    const handle = await opened();
    called(Array.from({ length: 203 }, (_, i) => i));
    world.clock.advance(60_000);
    const described = await world.releases.describeGlass(handle);
    const rows = described !== undefined && "rows" in described ? described.rows : [];
    const calls = rows.filter(({ label }) => label.startsWith("1970"));
    expect([calls.length, calls[0]?.label]).toEqual([200, new Date(202_000).toISOString()]);
    expect(await rowsOf(handle, "Calls that changed something")).toEqual(["203"]);
  });
});
