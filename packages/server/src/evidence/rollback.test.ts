import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseLeafBytes } from "@narrowgate/contracts";
import { manualClock, randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteStore, openSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import { auditLog } from "./audit/audit-log.ts";
import { createEvidence } from "./create-evidence.ts";
import { decision, dispatch, mandate, outcome, revocation } from "./fixtures/drafts.ts";
import { newInstance, PROCEDURE, START_MS, type TestInstance } from "./fixtures/instance.ts";
import { openEvidence } from "./open-evidence.ts";
import { recoverEvidence } from "./recover-evidence.ts";

const noLabels = async () => ({ leaves: [], rows: [] });

let instance: TestInstance;
beforeEach(async () => {
  instance = await newInstance();
});
afterEach(() => instance.remove());

/** Opens, records so many revocations, closes. */
async function live(revocations: number): Promise<void> {
  const { evidence, store } = await instance.open();
  for (let i = 0; i < revocations; i++) {
    await evidence.record(
      [revocation(evidence.feedPosition() + 1)],
      [{ room: "notes", key: `n${i}`, value: i }],
    ).durable;
  }
  await evidence.close();
  await store.close();
}

async function expectRolledBack(): Promise<void> {
  const store = await instance.openStore();
  await expect(openEvidence(instance.setup(store), PROCEDURE)).rejects.toMatchObject({
    code: "state_rolled_back",
  });
  await store.close();
}

describe("opening", () => {
  it("refuses an older copy of the store", async () => {
    await live(2);
    const copy = join(instance.directory, "old.db");
    await copyFile(instance.storePath, copy);
    await live(2);
    await rm(`${instance.storePath}-wal`, { force: true });
    await copyFile(copy, instance.storePath);
    await expectRolledBack();
  });

  it("refuses a store of the same size with another history", async () => {
    await live(1);
    const copy = join(instance.directory, "fork.db");
    const anchor = join(instance.directory, "fork-anchor.json");
    await copyFile(instance.storePath, copy);
    await copyFile(instance.anchorPath, anchor);
    await live(1);
    await copyFile(copy, instance.storePath);
    await copyFile(instance.anchorPath, join(instance.directory, "true-anchor.json"));
    await copyFile(anchor, instance.anchorPath);
    await live(1);
    await copyFile(join(instance.directory, "true-anchor.json"), instance.anchorPath);
    await expectRolledBack();
  });

  it.each(["missing", "forged"])("refuses when the anchor is %s", async (how) => {
    await live(1);
    if (how === "missing") await rm(instance.anchorPath);
    else await writeFile(instance.anchorPath, '{"format":"narrowgate-anchor/1"}\n');
    await expectRolledBack();
  });

  it("refuses to begin a new log in an emptied store", async () => {
    await live(1);
    await rm(instance.storePath);
    await rm(`${instance.storePath}-wal`, { force: true });
    const store = await createSqliteStore(instance.storePath);
    await expect(
      createEvidence(instance.setup(store), { authority: "gate.example", environment: "dev" }),
    ).rejects.toMatchObject({ code: "state_rolled_back" });
    await store.close();
  });

  it("gives the uses of the last quarter of an hour, and not older ones", async () => {
    const first = await instance.open();
    const txn = first.evidence.openTransaction();
    const agent = randomId();
    const old = decision(txn, agent, 0);
    const recent = decision(txn, agent, 0);
    first.evidence.record([mandate(txn, agent), old]);
    // The window begins within a page, so that older leaves of the page may be given too: go far beyond one page.
    for (let i = 0; i < 300; i++) first.evidence.record([decision(txn, agent, 0, "refuse")]);
    instance.clock.advance(20 * 60 * 1000);
    await first.evidence.record([recent]).durable;
    await first.evidence.close();
    await first.store.close();
    const second = await instance.open();
    const uses = second.uses.map(({ use }) => use);
    expect(uses).toContain(recent.body["use"]);
    expect(uses).not.toContain(old.body["use"]);
    await second.evidence.close();
    await second.store.close();
  });

  it("goes on with transactions and agents where they were", async () => {
    const first = await instance.open();
    const txn = first.evidence.openTransaction();
    const agent = randomId();
    const [, permit] = first.evidence.record([
      mandate(txn, agent),
      decision(txn, agent, 0),
      dispatch(txn, agent),
    ]).leaves;
    await first.evidence.record([outcome(txn, agent, permit?.id ?? "")]).durable;
    await first.evidence.close();
    await first.store.close();
    const second = await instance.open();
    expect(second.clean).toBe(true);
    const { leaves, durable } = second.evidence.record([decision(txn, agent, 0)]);
    await durable;
    const [row] = await second.store.entries(leaves[0]?.index ?? 0, 1);
    const leaf = row === undefined ? undefined : parseLeafBytes(row.leaf);
    expect([leaf?.txn?.seq, leaf?.agent?.seq]).toEqual([4, 4]);
    expect((await auditLog(second.store)).findings).toEqual([]);
    await second.evidence.close();
    await second.store.close();
  });
});

describe("two writers", () => {
  it("a second one stops at its first commit, and the log stays whole", async () => {
    const store = await instance.openStore();
    const first = await openEvidence(instance.setup(store), PROCEDURE);
    // A driver lets one process in; two writers in one process share the store here.
    const second = await openEvidence(instance.setup(store, { clock: manualClock(START_MS) }), PROCEDURE);
    await expect(first.evidence.record([revocation(1)]).durable).rejects.toMatchObject({
      code: "evidence_unavailable",
    });
    await second.evidence.record([revocation(1)]).durable;
    expect((await auditLog(store)).findings).toEqual([]);
    await store.close();
  });
});

describe("recover", () => {
  it("begins a new origin that names the last head, and revokes everything", async () => {
    await live(3);
    const lostPath = join(instance.directory, "lost.db");
    await copyFile(instance.storePath, lostPath);
    const lost = await openSqliteStore(lostPath);
    const { size } = await lost.tree();
    const store = await createSqliteStore(join(instance.directory, "new", "log.db"));
    const identity = await recoverEvidence(
      instance.setup(store),
      { authority: "gate.example", environment: "dev" },
      {
        store: lost,
        carry: ["notes"],
        labels: noLabels,
        changes: (epoch) => [{ room: "epochs", key: "all", value: epoch }],
      },
    );
    const { evidence } = await openEvidence(instance.setup(store), PROCEDURE);
    const [genesis] = (await store.entries(0, 1)).map(({ leaf }) => parseLeafBytes(leaf));
    expect(genesis?.body).toMatchObject({ previous: { size } });
    expect(await lost.get("evidence", "writer")).not.toContain(identity.writerId);
    expect(evidence.durable.feed).toMatchObject({ position: 1, all: 1 });
    expect(await store.get("notes", "n2")).toBe("2");
    expect(await store.get("epochs", "all")).toBe("1");
    expect((await auditLog(store)).findings).toEqual([]);
    await evidence.close();
    await lost.close();
    await store.close();
  });

  it("goes on from the anchor alone when the store is gone", async () => {
    await live(1);
    const store = await createSqliteStore(join(instance.directory, "new", "log.db"));
    const log = { authority: "gate.example", environment: "dev" as const };
    await recoverEvidence(instance.setup(store), log, {
      store: null,
      carry: [],
      labels: noLabels,
      changes: () => [],
    });
    await (await openEvidence(instance.setup(store), PROCEDURE)).evidence.close();
    await store.close();
  });
});
