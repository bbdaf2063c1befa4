import { randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { type ApprovalWorld, approvalWorld } from "../../test/approvals/approval-world.ts";
import type { AskedCall } from "./ports.ts";

const minutes = (n: number): number => n * 60_000;

function shown({ approvals }: ApprovalWorld, handle: string) {
  const described = approvals.describe(handle);
  if (described?.state !== "open") throw new RangeError("it is open");
  return described;
}

describe("the page of a request", () => {
  it("counts the other requests of the agent for the same operation, and nothing else", async () => {
    const world = await approvalWorld();
    const call = world.call();
    const { handle } = world.ask(call);
    expect(shown(world, handle).alike).toBe(0);
    const others: AskedCall[] = [
      world.call({ agent: { ...call.agent, ref: randomId() } }),
      world.call({ server: { ...call.server, id: "shop" } }),
      world.call({ kind: "prompt" }),
      world.call({ name: "credit" }),
    ];
    for (const [n, other] of others.entries()) {
      expect(world.ask({ ...other, arguments: { n } }).kind).toBe("asked");
      expect(shown(world, handle).alike).toBe(0);
    }
    world.ask(world.call({ arguments: { order: "A-18" } }));
    world.ask(world.call({ arguments: { order: "A-19" } }));
    expect(shown(world, handle).alike).toBe(2);
  });

  it("names who has signed for what, also when she has left since", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask(world.call(), ["approver#1", "security#1"]);
    const bea = world.people.enrol("Bea", ["approver"]);
    expect(shown(world, handle).given).toEqual([]);
    await world.answer(handle, bea);
    expect(shown(world, handle).given).toEqual([{ requirement: "approver#1", name: "Bea" }]);
    expect(shown(world, handle).choices.map(({ requirement }) => requirement)).toEqual(["security#1"]);
    world.people.remove(bea.ref);
    expect(shown(world, handle).given).toEqual([
      { requirement: "approver#1", name: "somebody who has left" },
    ]);
  });

  it("is nothing for a handle that nobody was given", async () => {
    const world = await approvalWorld();
    expect(world.approvals.describe(randomId(32))).toBeUndefined();
  });
});

describe("the list of requests", () => {
  it("tells an operator what waits, and where", async () => {
    const world = await approvalWorld();
    const { claims, agent } = world.call();
    const { handle } = world.ask(world.call(), ["approver#1", "security#1"]);
    const askedAtMs = world.clock.nowMs();
    await world.answer(handle, world.people.enrol("Bea", ["approver"]));
    const [listed] = world.approvals.list();
    const { id = "", url } = listed ?? {};
    expect(url).toMatch(new RegExp(`/approve#${handle}$`));
    expect(listed).toEqual({
      id,
      txn: claims.txn,
      agent: agent.id,
      subject: claims.sub,
      purpose: "resolve tickets",
      server: "payments",
      operation: "tool refund",
      effect: "irreversible",
      requires: ["approver#1", "security#1"],
      missing: ["security#1"],
      askedAtMs,
      notAfterMs: askedAtMs + minutes(15),
      url,
    });
    expect(world.approvals.address(id)).toBe(url);
    expect(world.approvals.address("nothing")).toBeUndefined();
  });

  it("leaves out what is over, though nobody has ended it yet", async () => {
    const world = await approvalWorld();
    world.ask();
    world.clock.advance(minutes(10));
    const later = world.ask(world.call({ arguments: {} }));
    world.clock.advance(minutes(5));
    expect(world.approvals.list().map(({ url }) => url)).toEqual([expect.stringContaining(later.handle)]);
  });
});

describe("the end of requests", () => {
  const asked = (world: ApprovalWorld, n: number) => world.ask(world.call({ arguments: { n } })).handle;

  it("comes to those that are over at that very millisecond, is told, and leaves the others", async () => {
    const world = await approvalWorld();
    const over = asked(world, 1);
    world.clock.advance(1);
    const open = asked(world, 2);
    world.clock.advance(minutes(15) - 2);
    await world.approvals.sweep();
    expect(world.log.of("approval")).toHaveLength(2);
    world.clock.advance(1);
    await world.approvals.sweep();
    expect(world.log.of("approval").map(({ draft }) => draft.body["action"])).toEqual([
      "requested",
      "requested",
      "expired",
    ]);
    expect(world.news.map(({ event }) => event)).toEqual(["requested", "requested", "expired"]);
    expect(world.news[2]?.url).toContain(over);
    await world.approvals.sweep();
    expect(world.log.of("approval")).toHaveLength(3);
    expect((await world.restart()).approvals.describe(open)).not.toBeUndefined();
  });

  it("withdraws what rests on what was revoked, once, and tells it", async () => {
    const world = await approvalWorld();
    const call = world.call();
    const { handle } = world.ask(call);
    const { ng } = call.claims;
    const claims = { ...call.claims, ng: { ...ng, epochs: [["agent:another", 0]] } } as const;
    world.ask(world.call({ claims, arguments: {} }));
    world.epochs.set("agent:another", 1);
    for (let times = 0; times < 2; times += 1) await world.approvals.withdrawRevoked();
    expect(world.news.map(({ event }) => event)).toEqual(["requested", "requested", "withdrawn"]);
    expect(world.approvals.describe(handle)).toMatchObject({ state: "open" });
    expect(world.log.of("approval")).toHaveLength(3);
  });

  it("is recorded in commits of a hundred, and not at all when nothing ends", async () => {
    const world = await approvalWorld({ perMandate: 1000, perAgent: 1000 });
    const commits: number[] = [];
    const { record } = world.log;
    world.log.record = (group, changes) => {
      commits.push(group.length);
      return record(group, changes);
    };
    await world.approvals.sweep();
    for (let n = 0; n < 200; n += 1) asked(world, n);
    world.clock.advance(minutes(15));
    commits.length = 0;
    await world.approvals.sweep();
    await world.approvals.sweep();
    expect(commits).toEqual([100, 100]);
  });
});

describe("what is asked of people", () => {
  it("is bounded for all agents together, and for each", async () => {
    const nth = (world: ApprovalWorld, n: number) => world.ask(world.call({ arguments: { n } })).kind;
    for (const bounds of [{ all: 2 }, { perAgent: 2 }, { perMandate: 2 }]) {
      const world = await approvalWorld(bounds);
      expect(
        [1, 2, 3].map((n) => nth(world, n)),
        JSON.stringify(bounds),
      ).toEqual(["asked", "asked", "not_asked"]);
    }
  });

  it("is no more rows than a person may have to read, and not one less", async () => {
    const world = await approvalWorld();
    const rows = (many: number): number => {
      const { handle } = world.ask(
        world.call({ arguments: { many: Array.from({ length: many }, () => 0) } }),
      );
      return handle === "" ? 0 : shown(world, handle).rows.length;
    };
    const others = rows(1) - 1;
    expect([rows(500 - others), rows(501 - others)]).toEqual([500, 0]);
  });

  it("is nothing where all signatures are there, and policy refuses all the same", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    await world.answer(handle, world.people.enrol("Bea", ["approver"]));
    expect(world.ask()).toMatchObject({ kind: "not_asked", sentence: expect.stringContaining("is there") });
    expect(world.log.of("approval")).toHaveLength(2);
  });

  it("is asked anew where the waiting request asks for only some of it, and that one stays", async () => {
    const world = await approvalWorld();
    const first = world.ask(world.call(), ["approver#1"]);
    const both = world.ask(world.call(), ["approver#1", "security#1"]);
    expect(both).toMatchObject({ kind: "asked", requires: ["approver#1", "security#1"] });
    expect(both.handle).not.toBe(first.handle);
    expect(world.approvals.describe(first.handle)).toMatchObject({ state: "open" });
    expect(world.news.map(({ event }) => event)).toEqual(["requested", "requested"]);
  });
});

describe("a request whose mandate is not known any more", () => {
  it("is not listed, and its page says that it was withdrawn", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    world.setMandate("closed");
    expect([world.approvals.list(), world.approvals.describe(handle)]).toEqual([[], { state: "withdrawn" }]);
  });
});
