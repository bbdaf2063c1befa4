import { readFile } from "node:fs/promises";
import { randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeyCustody } from "../platform/keys/custody.ts";
import type { Store } from "../platform/store/store.ts";
import { auditLog } from "./audit/audit-log.ts";
import type { Evidence } from "./evidence.ts";
import { decision, dispatch, mandate, revocation } from "./fixtures/drafts.ts";
import { newInstance, PROCEDURE, type TestInstance } from "./fixtures/instance.ts";
import { type OpenedEvidence, openEvidence } from "./open-evidence.ts";

/** A store or key that stops answering at a moment the test chooses, as if the process ended there. */
interface Stop {
  at: "never" | "before commit" | "after commit" | "before signing";
  readonly reached: PromiseWithResolvers<void>;
}

let instance: TestInstance;
let inner: Store;
let stop: Stop;

const never = (): Promise<never> => new Promise(() => undefined);

function stopping(store: Store): Store {
  return {
    commit: async (batch) => {
      if (stop.at === "before commit") {
        stop.reached.resolve();
        return never();
      }
      await store.commit(batch);
      if (stop.at !== "after commit") return;
      stop.reached.resolve();
      return never();
    },
    tree: () => store.tree(),
    entries: (from, count) => store.entries(from, count),
    sealed: (index) => store.sealed(index),
    head: (kind, id) => store.head(kind, id),
    tile: (level, index) => store.tile(level, index),
    get: (room, key) => store.get(room, key),
    scan: (room, options) => store.scan(room, options),
    close: () => store.close(),
  };
}

function stoppingKeys(custody: KeyCustody): KeyCustody {
  const sign = (message: Uint8Array): Promise<Uint8Array> => {
    if (stop.at !== "before signing") return custody.log.sign(message);
    stop.reached.resolve();
    return never();
  };
  return { ...custody, log: { ...custody.log, sign } };
}

async function start(): Promise<Evidence> {
  const setup = instance.setup(stopping(inner), { custody: stoppingKeys(instance.custody) });
  return (await openEvidence(setup, PROCEDURE)).evidence;
}

/** Starts again on what the crash left, and holds the whole log against the rules. */
async function restart(): Promise<OpenedEvidence> {
  const opened = await openEvidence(instance.setup(inner), PROCEDURE);
  const report = await auditLog(inner);
  expect(report.findings).toEqual([]);
  expect(report.openDispatches).toBe(0);
  return opened;
}

function call(evidence: Evidence): ReturnType<Evidence["record"]> {
  const txn = evidence.openTransaction();
  const agent = randomId();
  return evidence.record([
    mandate(txn, agent),
    decision(txn, agent, evidence.feedPosition()),
    dispatch(txn, agent),
  ]);
}

beforeEach(async () => {
  instance = await newInstance();
  inner = await instance.openStore();
  stop = { at: "never", reached: Promise.withResolvers<void>() };
});
afterEach(async () => {
  await inner.close();
  await instance.remove();
});

describe("if we crash at", () => {
  it("1 placed, nothing is on disk", async () => {
    const evidence = await start();
    const before = (await inner.tree()).size;
    call(evidence);
    expect((await inner.tree()).size).toBe(before);
    stop.at = "before commit";
    await stop.reached.promise;
    const { unknown } = await restart();
    expect(unknown).toEqual([]);
  });

  it("2 assembled, nothing is on disk", async () => {
    const evidence = await start();
    stop.at = "before commit";
    const before = (await inner.tree()).size;
    call(evidence);
    await stop.reached.promise;
    expect((await inner.tree()).size).toBe(before);
    expect((await restart()).unknown).toEqual([]);
  });

  it("3 committed, the leaves stand, nobody was told, and the dispatch becomes unknown", async () => {
    const evidence = await start();
    stop.at = "after commit";
    const { leaves, durable } = call(evidence);
    let told = false;
    durable.then(
      () => {
        told = true;
      },
      () => undefined,
    );
    await stop.reached.promise;
    const { unknown } = await restart();
    expect(told).toBe(false);
    expect(unknown.map((each) => each.decision)).toEqual([leaves[1]?.id]);
  });

  it("4 anchored, the revocation holds although the anchor does not know it and nobody was told", async () => {
    const evidence = await start();
    const anchor = await readFile(instance.anchorPath, "utf8");
    stop.at = "before signing";
    let told = false;
    evidence.record([revocation(1)]).durable.then(
      () => {
        told = true;
      },
      () => undefined,
    );
    await stop.reached.promise;
    expect(await readFile(instance.anchorPath, "utf8")).toBe(anchor);
    const { evidence: next } = await restart();
    expect(told).toBe(false);
    expect(next.feedPosition()).toBe(1);
  });

  it("5 told, the revocation is in the anchor and an effect without outcome becomes unknown", async () => {
    const evidence = await start();
    const { leaves, durable } = call(evidence);
    await durable;
    await evidence.record([revocation(1)]).durable;
    expect(await readFile(instance.anchorPath, "utf8")).toContain('"feed":1');
    const { unknown } = await restart();
    expect(unknown.map((each) => each.decision)).toEqual([leaves[1]?.id]);
  });

  it("6 signed, the next start signs over the same history", async () => {
    const evidence = await start();
    await call(evidence).durable;
    stop.at = "before commit";
    evidence.freshCheckpoint().catch(() => undefined);
    await stop.reached.promise;
    const { evidence: next } = await restart();
    expect(next.publisher.published?.size).toBe(next.durable.size);
  });

  it("7 kept, the anchor is behind and nobody has seen the checkpoint", async () => {
    const evidence = await start();
    await call(evidence).durable;
    const seen = evidence.publisher.published?.size;
    stop.at = "after commit";
    evidence.freshCheckpoint().catch(() => undefined);
    await stop.reached.promise;
    expect(evidence.publisher.published?.size).toBe(seen);
    const { boot } = await restart();
    const [row] = await inner.entries(boot.index, 1);
    expect(Buffer.from(row?.leaf ?? []).toString()).toContain('"anchor":"behind"');
  });

  it("8 anchored, the next start finds anchor and store equal", async () => {
    const evidence = await start();
    await call(evidence).durable;
    await evidence.freshCheckpoint();
    const { boot } = await restart();
    const [row] = await inner.entries(boot.index, 1);
    expect(Buffer.from(row?.leaf ?? []).toString()).toContain('"anchor":"equal"');
  });
});
