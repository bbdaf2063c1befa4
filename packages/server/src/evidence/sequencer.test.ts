import { parseLeafBytes } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { logForEachTest } from "../../test/evidence/log-for-each-test.ts";
import { closing, decision, dispatch, mandate, outcome, revocation } from "./fixtures/drafts.ts";
import { START_MS } from "./fixtures/instance.ts";

const log = logForEachTest();

describe("record", () => {
  it("gives a group its place at once and makes it durable as one", async () => {
    const { evidence, store } = log;
    const txn = evidence.openTransaction();
    const agent = randomId();
    const before = evidence.durable.size;
    const group = evidence.record([mandate(txn, agent), decision(txn, agent, 0), dispatch(txn, agent)]);
    expect(group.leaves.map(({ index }) => index)).toEqual([before, before + 1, before + 2]);
    expect(evidence.durable.size).toBe(before);
    await group.durable;
    const leaves = (await store.entries(before, 3)).map(({ leaf }) => parseLeafBytes(leaf));
    expect(leaves.map(({ txn: place }) => place?.seq)).toEqual([0, 1, 2]);
    expect(leaves[2]?.txn?.prev).toBe(group.leaves[1]?.hash);
    expect(leaves[2]?.agent?.prev).toBe(group.leaves[1]?.hash);
    expect(leaves[2]?.writer.seq).toBe(before + 2);
    expect(leaves[2]?.body).toMatchObject({ decision: group.leaves[1]?.id });
  });

  it("commits state changes with the leaves, and shares one commit among the groups of a turn", async () => {
    const { evidence, store } = log;
    const { commits } = evidence.counts();
    const groups = Array.from({ length: 50 }, (_, i) =>
      evidence.record([], [{ room: "test", key: `k${i}`, value: { i } }]),
    );
    await Promise.all(groups.map(({ durable }) => durable));
    expect(evidence.counts().commits).toBe(commits + 1);
    expect(await store.get("test", "k49")).toBe('{"i":49}');
  });

  it("takes nothing of a group of which one draft is refused", async () => {
    const { evidence } = log;
    const txn = evidence.openTransaction();
    const agent = randomId();
    const first = evidence.record([mandate(txn, agent)]);
    expect(() => evidence.record([decision(txn, agent, 0), closing(txn, 99)])).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
    const next = evidence.record([decision(txn, agent, 0)]);
    expect(next.leaves[0]?.index).toBe((first.leaves[0]?.index ?? 0) + 1);
    await next.durable;
    const [row] = await log.store.entries(next.leaves[0]?.index ?? 0, 1);
    expect(row === undefined ? null : parseLeafBytes(row.leaf).txn).toMatchObject({
      seq: 1,
      prev: first.leaves[0]?.hash,
    });
  });

  it("refuses a leaf of a transaction that was not opened here", () => {
    const { evidence } = log;
    const stranger = `${evidence.identity.writerId}.${randomId()}`;
    expect(() => evidence.record([mandate(stranger, randomId())])).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  });

  it("refuses a name where a ref belongs", () => {
    const txn = log.evidence.openTransaction();
    expect(() => log.evidence.record([mandate(txn, "alice")])).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  });

  it("takes after a closing nothing but what may follow it (E-13)", async () => {
    const { evidence } = log;
    const txn = evidence.openTransaction();
    const agent = randomId();
    const [, permit] = evidence.record([
      mandate(txn, agent),
      decision(txn, agent, 0),
      dispatch(txn, agent),
    ]).leaves;
    evidence.record([closing(txn, 3)]);
    expect(() => evidence.record([decision(txn, agent, 0)])).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
    await evidence.record([outcome(txn, agent, permit?.id ?? "")]).durable;
  });

  it("refuses a permit that does not know the newest revocation, and takes a refusal (E-14)", async () => {
    const { evidence } = log;
    const txn = evidence.openTransaction();
    const agent = randomId();
    evidence.record([mandate(txn, agent), revocation(1)]);
    expect(() => evidence.record([decision(txn, agent, 0)])).toThrow(
      expect.objectContaining({ code: "conflict" }),
    );
    evidence.record([decision(txn, agent, 0, "refuse")]);
    expect(() => evidence.record([revocation(3)])).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
    await evidence.record([decision(txn, agent, evidence.feedPosition())]).durable;
  });

  it("never lets leaf times decrease, and says when the clock stood back", async () => {
    await log.close();
    const behind: number[] = [];
    log.instance.clock.set(START_MS + 60_000);
    await log.open({ onClockBehind: (ms) => behind.push(ms) });
    log.instance.clock.set(START_MS);
    const { leaves, durable } = log.evidence.record([revocation(1)]);
    await durable;
    const [row] = await log.store.entries(leaves[0]?.index ?? 0, 1);
    expect(row === undefined ? 0 : parseLeafBytes(row.leaf).at).toBe(START_MS + 60_000);
    expect(behind).toEqual([60_000]);
  });

  it("refuses with `overloaded` when the queue is full, and takes leaves again when it is not", async () => {
    await log.close();
    await log.open({ limits: { maxLeaves: 10, maxBytes: 1_000_000 } });
    const { evidence } = log;
    const txn = evidence.openTransaction();
    const agent = randomId();
    evidence.record(Array.from({ length: 10 }, () => mandate(txn, agent)));
    expect(() => evidence.record([mandate(txn, agent)])).toThrow(
      expect.objectContaining({ code: "overloaded" }),
    );
    await evidence.flush();
    await evidence.record([mandate(txn, agent)]).durable;
  });

  it("refuses a state key that no store can hold without stopping the writer", async () => {
    const { evidence } = log;
    expect(() => evidence.record([], [{ room: "test", key: "a\0b", value: 1 }])).toThrow(
      expect.objectContaining({ code: "malformed_input" }),
    );
    await evidence.record([], [{ room: "test", key: "ab", value: 1 }]).durable;
  });
});
