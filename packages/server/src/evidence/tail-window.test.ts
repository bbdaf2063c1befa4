import { randomId, toBase64url } from "@narrowgate/kernel";
import { leafHash } from "@narrowgate/tlog";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { Store } from "../platform/store/store.ts";
import type { Evidence } from "./evidence.ts";
import { closing, decision, dispatch, mandate, outcome, revocation } from "./fixtures/drafts.ts";
import { newInstance, type TestInstance } from "./fixtures/instance.ts";
import { readStoredLeaf } from "./stored-leaf.ts";
import { readTailWindow, type TailWindow } from "./tail-window.ts";
import { loadTreeEdge } from "./tree-edge.ts";

const MINUTE_MS = 60_000;

let instance: TestInstance;
let evidence: Evidence;
let store: Store;
beforeEach(async () => {
  instance = await newInstance();
  ({ evidence, store } = await instance.open());
});
afterEach(async () => {
  await evidence.close();
  await store.close();
  await instance.remove();
});

async function windowOf(
  windowMs = 15 * MINUTE_MS,
  writerId = evidence.identity.writerId,
): Promise<TailWindow> {
  return readTailWindow(store, await loadTreeEdge(store), writerId, windowMs);
}

/** So many leaves that the newest block of entries holds none from before. */
async function fillBlocks(): Promise<void> {
  for (let i = 0; i < 520; i++) evidence.record([{ ...revocation(evidence.feedPosition() + 1) }]);
  await evidence.flush();
}

describe("the tail window", () => {
  it("names the newest leaf by its hash and its time, for the next one to follow", async () => {
    instance.clock.advance(MINUTE_MS);
    await evidence.record([revocation(1)]).durable;
    const { size } = await store.tree();
    const [row] = await store.entries(size - 1, 1);
    const leaf = row?.leaf ?? new Uint8Array();
    expect(await windowOf()).toMatchObject({
      lastHash: toBase64url(leafHash(nodeSha256, leaf)),
      lastAtMs: readStoredLeaf(leaf).at,
    });
  });

  it("holds every use of a proof, with its time", async () => {
    const [txn, agent] = [evidence.openTransaction(), randomId()];
    const [permit, refusal] = [decision(txn, agent, 0), decision(txn, agent, 0, "refuse")];
    const { leaves } = evidence.record([mandate(txn, agent), permit, refusal]);
    await evidence.flush();
    const { uses } = await windowOf();
    expect(uses.map(({ use }) => use)).toEqual([permit.body["use"], refusal.body["use"]]);
    const rows = await store.entries(leaves[1]?.index ?? 0, 2);
    expect(uses.map(({ atMs }) => atMs)).toEqual(rows.map(({ leaf }) => readStoredLeaf(leaf).at));
  });

  it("leaves open the dispatches without outcome, and no others", async () => {
    const [txn, agent] = [evidence.openTransaction(), randomId()];
    const call = () => evidence.record([decision(txn, agent, 0), dispatch(txn, agent)]).leaves[0]?.id ?? "";
    evidence.record([mandate(txn, agent)]);
    const [ended, open, unknown] = [call(), call(), call()];
    evidence.record([outcome(txn, agent, ended)]);
    evidence.record([{ type: "unknown", txn, agent, body: { decision: unknown, boot: randomId() } }]);
    await evidence.flush();
    expect((await windowOf()).openDispatches).toEqual([{ decision: open, txn, agent }]);
  });

  it("names the transactions closed in it, with the time", async () => {
    const [txn, agent] = [evidence.openTransaction(), randomId()];
    const { leaves } = evidence.record([mandate(txn, agent), closing(txn, 1)]);
    await evidence.flush();
    const [row] = await store.entries(leaves[1]?.index ?? 0, 1);
    const atMs = readStoredLeaf(row?.leaf ?? new Uint8Array()).at;
    expect((await windowOf()).closed).toEqual([{ id: txn, atMs }]);
  });

  it("reaches back over as many blocks as the time asks for, and ends with the one where it begins", async () => {
    const [txn, agent] = [evidence.openTransaction(), randomId()];
    const old = decision(txn, agent, 0);
    evidence.record([mandate(txn, agent), old]);
    await fillBlocks();
    instance.clock.advance(10 * MINUTE_MS);
    await evidence.record([revocation(evidence.feedPosition() + 1)]).durable;
    const [wide, exact, narrow] = await Promise.all(
      [11, 10, 9].map((minutes) => windowOf(minutes * MINUTE_MS)),
    );
    expect([wide?.from, exact?.from]).toEqual([0, 0]);
    expect(wide?.uses.map(({ use }) => use)).toEqual([old.body["use"]]);
    // The block in which the window begins is read whole; none before it is.
    expect(narrow?.from).toBe(512);
    expect(narrow?.uses).toEqual([]);
  });

  it("refuses leaves of another writer", async () => {
    await expect(windowOf(MINUTE_MS, randomId())).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: expect.stringContaining("chain"),
    });
  });
});
