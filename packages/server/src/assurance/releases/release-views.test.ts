import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import {
  freshlyKept,
  type Kept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../test/releases/release-world.ts";
import { createReleaseTable } from "./release-table.ts";

let kept: Kept;
let world: ReleaseWorld;
beforeEach(async () => {
  kept = freshlyKept();
  world = await releaseWorld(kept);
});

const newPolicies = (): void =>
  world.change((of) => of.policies.push(`permit(principal, action, resource) when { ${of.revision} > 0 };`));
const nameOf = (id: string): string => String(world.releases.show(id)["deployment"]);
const policyOf = (id: string): string => world.releases.proposal(id).deployment.policy;
const lineOf = (id: string) => world.releases.list().find((one) => one["id"] === id);

async function signedProposal(): Promise<string> {
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  return id;
}

async function withCanary(): Promise<readonly [string, string]> {
  const first = await world.promoted();
  newPolicies();
  const second = await signedProposal();
  await world.releases.promote(second, signed, 10);
  return [first, second];
}

describe("what is in force", () => {
  test("says in a list that its policies are lost, where they are, and that nothing of it is left", async () => {
    const id = await world.promoted();
    kept.rows.delete(`release-policy/${policyOf(id)}`);
    world = await world.restart();
    expect(lineOf(id)).toMatchObject({ stands: { stops: ["policies"], left: 2 } });
    expect(world.releases.isStanding(world.registered.agent)).toBe(false);
  });

  test.each([
    ["is not registered any more", { agent: () => undefined }],
    ["was registered anew under its name", {}],
  ])("says in a list that its agent %s, and is not compared with another", async (_, other) => {
    const id = await world.promoted();
    world.change((of) => Object.assign(of, { agent: { ...of.agent, ref: randomId() } }));
    world = await releaseWorld({ ...kept, other });
    expect(lineOf(id)).toMatchObject({ stands: { stops: ["agent"], left: 2 } });
    expect(() => world.releases.show(id)).toThrow(expect.objectContaining({ code: "not_found" }));
  });

  test("does not stand where all its tools do and something else differs", async () => {
    const id = await world.promoted();
    expect(world.releases.isStanding(world.registered.agent)).toBe(true);
    world.change((of) => Object.assign(of.agent, { owner: "somebody" }));
    expect(lineOf(id)).toMatchObject({ stands: { stops: ["deployment"], left: 0 } });
    expect(world.releases.isStanding(world.registered.agent)).toBe(false);
  });

  test("says in a list how it stands also where it is a canary", async () => {
    const [, second] = await withCanary();
    expect(lineOf(second)).toMatchObject({ state: "canary", share: 10, stands: { stops: [], left: 0 } });
  });

  test.each(["active", "canary"])(
    "is not stopped by newer policies where it is %s, as what is open is",
    async (state) => {
      const [first, second] = await withCanary();
      const id = state === "active" ? first : second;
      newPolicies();
      const { id: open } = await world.propose();
      newPolicies();
      const driftOf = (one: string) => world.releases.show(one)["drift"];
      expect(world.releases.show(id)).toMatchObject({ state });
      expect(driftOf(id)).toMatchObject({
        stops: [],
        changes: expect.arrayContaining([expect.objectContaining({ part: "policies" })]),
      });
      expect(driftOf(open)).toMatchObject({ stops: ["policies"] });
    },
  );

  test("is what uses policies: the release and the canary beside it, and nothing that is open", async () => {
    const [first, second] = await withCanary();
    newPolicies();
    await world.propose();
    const used = world.releases.inUse().map(({ agent, policy }) => `${agent} ${policy}`);
    expect(used.toSorted()).toEqual([first, second].map((id) => `refunds ${policyOf(id)}`).toSorted());
  });

  test("is told of whole where somebody asks for it, as it was proposed", async () => {
    expect(world.releases.active(world.registered.agent)).toBeUndefined();
    const [first] = await withCanary();
    expect(world.releases.active(world.registered.agent)).toEqual(world.releases.proposal(first));
  });
});

describe("calls under a release", () => {
  test("are found by its id and by the deployment that tokens name, and under no other name", async () => {
    const [first, second] = await withCanary();
    const call = {
      server: "payments",
      kind: "tool",
      name: "refund",
      effect: "write",
      egress: false,
    } as const;
    const { room, key, value = null } = world.releases.changing(nameOf(first), { dispatch: 4, ...call });
    kept.rows.set(`${room}/${key}`, value);
    for (const name of [first, nameOf(first)]) {
      expect(await world.releases.changed(name)).toEqual({
        agent: "refunds",
        deployment: nameOf(first),
        calls: { total: 1, isMore: false, newest: [{ dispatch: 4, ...call }] },
      });
    }
    expect(await world.releases.changed(second)).toMatchObject({ calls: { total: 0 } });
    await expect(world.releases.changed("A".repeat(43))).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("after a restart, though newer policies were published", () => {
  const inForce = () => world.releases.inForce(world.registered.agent);
  const restart = async (): Promise<void> => {
    newPolicies();
    world = await world.restart();
  };

  test("a release and its canary decide by their own", async () => {
    const [first, second] = await withCanary();
    await restart();
    const names = [first, second].map(nameOf);
    const under = names.map((deployment) => world.releases.inForce(world.registered.agent, { deployment }));
    expect(under).toMatchObject(names.map((deployment) => ({ kind: "released", deployment })));
  });

  test("a break-glass that is open lets the agent through, and one that is asked for opens", async () => {
    const { handle } = await world.askGlass(60);
    await world.answerGlass(handle, world.four.pam, "pam");
    await restart();
    expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
    await restart();
    expect(inForce()).toMatchObject({ kind: "released" });
  });

  test("what is open is in force once it is promoted, if what it was signed for is back", async () => {
    const id = await signedProposal();
    await restart();
    world.change((of) => of.policies.pop());
    await world.releases.promote(id, signed);
    expect(inForce()).toMatchObject({ kind: "released", deployment: nameOf(id) });
  });

  test.each([
    new RangeError("the store is gone"),
    new NarrowgateError("evidence_unavailable", "the store is gone"),
  ])(
    "nothing opens where policies cannot be read for another reason than that they are lost: %s",
    async (cause) => {
      await world.promoted();
      const other = { preparePolicies: () => Promise.reject(cause) };
      await expect(releaseWorld({ ...kept, other })).rejects.toBe(cause);
    },
  );

  test("only those are made ready by which something is decided, or may be", async () => {
    const { handle } = await world.askGlass();
    await world.answerGlass(handle, world.four.pam, "pam", { kind: "refuse" });
    newPolicies();
    await world.promoted();
    newPolicies();
    const second = await world.promoted();
    const ready: string[] = [];
    const preparePolicies = async (digest: string): Promise<void> => void ready.push(digest);
    await releaseWorld({ ...kept, other: { preparePolicies } });
    expect(ready).toEqual([policyOf(second)]);
  });
});

describe("proposals in memory", () => {
  test("are listed newest first, and each agent's apart", async () => {
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1) {
      ids.unshift((await world.propose()).id);
      world.clock.advance(1000);
    }
    expect(world.releases.list().map(({ id }) => id)).toEqual(ids);
    const [newest = expect.unreachable(), ...older] = ids.map((id) => world.releases.proposal(id));
    const another = { ...newest, id: randomId(), handle: randomId(32), agentRef: randomId() };
    const table = createReleaseTable([another, ...older, newest]);
    expect(table.ofAgent(newest.agentRef).map(({ id }) => id)).toEqual(ids);
    expect(table.ofAgent(another.agentRef)).toEqual([another]);
    expect(table.open(another.agentRef)).toEqual(another);
    expect(table.open(newest.agentRef)).toEqual(newest);
    expect([another, newest].map(({ handle }) => table.byHandle(handle)?.id)).toEqual([
      another.id,
      newest.id,
    ]);
    expect(table.byHandle("another")).toBeUndefined();
  });

  test("are in force one at a time, whichever of them changes", async () => {
    const [first, second] = (await withCanary()).map((id) => world.releases.proposal(id));
    if (first === undefined || second === undefined) return expect.unreachable();
    const { agentRef } = first;
    const table = createReleaseTable([first, second]);
    const inForce = () => [table.active(agentRef)?.id, table.canary(agentRef)?.id];
    expect(inForce()).toEqual([first.id, second.id]);
    const { share: _, ...whole } = second;
    table.put({ ...whole, state: "active" });
    table.put({ ...first, state: "past" });
    expect(inForce()).toEqual([second.id, undefined]);
    table.put({ ...whole, state: "withdrawn" });
    expect(inForce()).toEqual([undefined, undefined]);
  });
});
