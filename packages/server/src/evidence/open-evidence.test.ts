import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { parseLeafBytes } from "@narrowgate/contracts";
import { randomId, toBase64url } from "@narrowgate/kernel";
import { faultStore } from "@narrowgate/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../platform/store/store.ts";
import { createEvidence } from "./create-evidence.ts";
import { DEFAULT_WINDOW_MS } from "./evidence.ts";
import { decision, dispatch, mandate, revocation } from "./fixtures/drafts.ts";
import { newInstance, PROCEDURE, type TestInstance } from "./fixtures/instance.ts";
import { type OpenedEvidence, openEvidence } from "./open-evidence.ts";
import { ROOM_CHECKPOINT } from "./rooms.ts";
import { loadTreeEdge } from "./tree-edge.ts";

let instance: TestInstance;
const stores: Store[] = [];
beforeEach(async () => {
  instance = await newInstance();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await instance.remove();
});

type Opened = OpenedEvidence & { readonly store: Store };

async function open(more = {}): Promise<Opened> {
  const opened = await instance.open(more);
  stores.push(opened.store);
  return opened;
}

async function leave(store: Store): Promise<void> {
  await store.close();
  stores.splice(stores.indexOf(store), 1);
}

/** Ends as a crash would: nothing marks the end as clean. */
async function crash({ evidence, store }: Opened): Promise<void> {
  await evidence.flush();
  await leave(store);
}

async function end({ evidence, store }: Opened): Promise<void> {
  await evidence.close();
  await leave(store);
}

async function leavesFrom(store: Store, index: number) {
  return (await store.entries(index, 100)).map(({ leaf }) => parseLeafBytes(leaf));
}

describe("the leaf of a start", () => {
  it("says what was found: the tree, the anchor, the revocations, the last end, the procedure", async () => {
    const first = await open();
    await first.evidence.record([revocation(1)]).durable;
    await end(first);
    const found = await instance.openStore();
    const { frontier } = await loadTreeEdge(found);
    await found.close();
    const second = await open();
    const [boot] = await leavesFrom(second.store, second.boot.index);
    expect(boot).toMatchObject({ id: second.boot.id, type: "boot", writer: { seq: frontier.size } });
    expect(boot?.body).toEqual({
      boot: expect.any(String),
      size: frontier.size,
      root: toBase64url(frontier.root()),
      anchor: "equal",
      procedure: PROCEDURE,
      feed: 1,
      clean: true,
    });
    expect(second.clean).toBe(true);
    expect(second.evidence.publisher.published?.size).toBe(frontier.size + 1);
    await end(second);
  });

  it("says so where the last end was none, and the anchor is behind", async () => {
    const first = await open();
    await first.evidence.record([mandate(first.evidence.openTransaction(), randomId())]).durable;
    await crash(first);
    const second = await open();
    const [boot] = await leavesFrom(second.store, second.boot.index);
    expect(boot?.body).toMatchObject({ anchor: "behind", clean: false, feed: 0 });
    expect(second.clean).toBe(false);
    await end(second);
  });

  it("is followed by one for each dispatch whose outcome nobody knows, in its chains", async () => {
    const first = await open();
    const [txn, agent] = [first.evidence.openTransaction(), randomId()];
    const group = [mandate(txn, agent), decision(txn, agent, 0), dispatch(txn, agent)];
    const { leaves } = first.evidence.record(group);
    await crash(first);
    const second = await open();
    const after = await leavesFrom(second.store, second.boot.index);
    expect(after.map(({ type }) => type)).toEqual(["boot", "unknown"]);
    const decisionId = leaves[1]?.id;
    expect(after[1]?.body).toEqual({ decision: decisionId, boot: Reflect.get(after[0]?.body ?? {}, "boot") });
    expect([after[1]?.txn, after[1]?.agent]).toMatchObject([{ id: txn }, { id: agent }]);
    expect(second.unknown).toEqual([{ decision: decisionId, txn, agent }]);
    await end(second);
    expect((await open()).unknown).toEqual([]);
  });

  it("does not give a dispatch the chains that it was not in", async () => {
    const first = await open();
    const draft = dispatch("", "");
    const body = typeof draft === "function" ? draft([]).body : draft.body;
    const decisionId = randomId();
    first.evidence.record([{ type: "dispatch", body: { ...body, decision: decisionId } }]);
    await crash(first);
    const second = await open();
    const [, unknown] = await leavesFrom(second.store, second.boot.index);
    expect(unknown).toMatchObject({ type: "unknown", body: { decision: decisionId } });
    expect([unknown?.txn, unknown?.agent]).toEqual([undefined, undefined]);
    await end(second);
  });
});

describe("opening", () => {
  it("refuses an anchor of another log, though of size 0 it would fit any", async () => {
    const failing = faultStore(await createSqliteStore(join(instance.directory, "new", "log.db")), {
      commit: 1,
      kind: "lost",
    });
    const anchorPath = join(instance.directory, "other.json");
    const log = { authority: "gate.example", environment: "dev" } as const;
    await expect(createEvidence(instance.setup(failing, { anchorPath }), log)).rejects.toThrow();
    await failing.close();
    await copyFile(anchorPath, instance.anchorPath);
    const store = await instance.openStore();
    stores.push(store);
    const before = await store.tree();
    await expect(openEvidence(instance.setup(store), PROCEDURE)).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: "the anchor is that of another log",
    });
    expect(await store.tree()).toEqual(before);
  });

  it("takes up the note that witnesses signed last", async () => {
    const first = await open();
    expect(first.evidence.publisher.witnessed).toBeUndefined();
    await first.evidence.publisher.keepWitnessed(3, "a note");
    await end(first);
    const second = await open();
    expect(second.evidence.publisher.witnessed).toEqual({ size: 3, note: "a note" });
    await end(second);
  });

  it.each([
    ["without size", '{"note":"n"}'],
    ["without note", '{"size":1}'],
    ["with a member more", '{"more":1,"note":"n","size":1}'],
    ["with a size that is none", '{"note":"n","size":-1}'],
    ["with a note that is no text", '{"note":1,"size":1}'],
  ])("refuses a witnessed note %s", async (_what, value) => {
    const first = await open();
    await first.evidence.recordStart([], [{ room: ROOM_CHECKPOINT, key: "witnessed", value }]).durable;
    await end(first);
    await expect(open()).rejects.toMatchObject({ code: "malformed_input" });
  });

  it("looks back for uses and closed transactions as far as it is told, or a quarter of an hour", async () => {
    const first = await open();
    const [txn, agent] = [first.evidence.openTransaction(), randomId()];
    first.evidence.record([mandate(txn, agent), decision(txn, agent, 0, "refuse")]);
    first.evidence.record([{ type: "closing", txn, body: { entries: 2 } }]);
    for (let i = 0; i < 256; i++) first.evidence.record([revocation(i + 1)]);
    instance.clock.advance(DEFAULT_WINDOW_MS);
    await first.evidence.record([revocation(257)]).durable;
    await end(first);
    const seen = async (windowMs?: number): Promise<[number, number]> => {
      const store = await instance.openStore();
      const setup = instance.setup(store, windowMs === undefined ? {} : { windowMs });
      const { evidence, uses } = await openEvidence(setup, PROCEDURE);
      const { txns } = evidence.counts();
      await evidence.close();
      await store.close();
      return [uses.length, txns];
    };
    expect(await seen(DEFAULT_WINDOW_MS - 1)).toEqual([0, 0]);
    expect(await seen()).toEqual([1, 1]);
  });
});
