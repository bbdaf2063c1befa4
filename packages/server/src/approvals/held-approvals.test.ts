import { describe, expect, it } from "vitest";
import { type ApprovalWorld, approvalLeaves, approvalWorld } from "../../test/approvals/approval-world.ts";
import { isBarred } from "./eligibility.ts";

const both = ["approver#1", "approver#2"];

/** Uses up what is held for a call, as the commit of a permit does. */
function take(world: ApprovalWorld, requirements: readonly string[], call = world.call()): void {
  const held = world.approvals.held(call, () => world.read);
  const entries = held.filter((one) => requirements.includes(one.requirement)).map(({ entry }) => entry);
  const taken = world.approvals.take(world.txn, entries);
  world.log.record(taken.drafts, taken.changes);
  taken.apply();
  taken.announce();
}

describe("signatures that are held", () => {
  it("are told in the order of requirements, whoever signed first", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask(world.call(), ["approver#1", "security#1"]);
    await world.answer(handle, world.people.enrol("Cleo", ["security"]), "approve", "security#1");
    await world.answer(handle, world.people.enrol("Bea", ["approver"]));
    expect(world.held()).toEqual(["approver#1", "security#1"]);
  });

  it("are used up for the call that rests on them, and for no other of the task", async () => {
    const world = await approvalWorld();
    const other = world.call({ arguments: { order: "A-18", cents: 5 } });
    for (const [call, name] of [[world.call(), "Bea"] as const, [other, "Cleo"] as const])
      await world.answer(world.ask(call).handle, world.people.enrol(name, ["approver"]));
    take(world, ["approver#1"]);
    expect(world.held()).toEqual([]);
    expect(world.held(other)).toEqual(["approver#1"]);
  });

  it("are used up with the request, also where the permit named one of two", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask(world.call(), both);
    await world.answer(handle, world.people.enrol("Bea", ["approver"]));
    await world.answer(handle, world.people.enrol("Cleo", ["approver"]), "approve", "approver#2");
    take(world, ["approver#1"]);
    expect(world.held()).toEqual([]);
  });

  it("end what still waited for a second signature, on record and told", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask(world.call(), both);
    await world.answer(handle, world.people.enrol("Bea", ["approver"]));
    take(world, ["approver#1"]);
    expect(approvalLeaves(world).at(-1)).toMatchObject({ action: "withdrawn" });
    expect(world.news.at(-1)).toMatchObject({ event: "withdrawn" });
    expect(world.approvals.describe(handle)).toEqual({ state: "withdrawn" });
  });

  it("are looked for without asking what was read, where nothing was asked of people", async () => {
    const world = await approvalWorld();
    world.ask(world.call({ arguments: { order: "A-18", cents: 5 } }));
    const read = (): never => {
      throw new RangeError("nobody has to know");
    };
    expect(world.approvals.held(world.call(), read)).toEqual([]);
  });
});

describe("who may not answer", () => {
  it("is known by her name, however it is written, and by nothing that only ends like it", async () => {
    const { people } = await approvalWorld();
    const { ref } = people.enrol("Bea@example.test", ["approver"]);
    const bea = people.person(ref);
    if (bea === undefined) throw new RangeError("she was enrolled");
    const barredBy = (name: string): boolean => isBarred(bea, [name], people);
    for (const name of ["bea@EXAMPLE.test", "  bea@example.test ", "mailto:bea@example.test", `x#${ref}`])
      expect(barredBy(name), name).toBe(true);
    for (const name of ["ea@example.test", "bea@mailto:example.test", "", ref.slice(1)])
      expect(barredBy(name), name).toBe(false);
  });
});
