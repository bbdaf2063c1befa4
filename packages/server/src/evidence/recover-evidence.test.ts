import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseLeafBytes, type StateChange } from "@narrowgate/contracts";
import { toBase64url } from "@narrowgate/kernel";
import { faultStore } from "@narrowgate/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { createSqliteStore, openSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../platform/store/store.ts";
import { type Anchor, readAnchor } from "./anchor.ts";
import { revocation } from "./fixtures/drafts.ts";
import { newInstance, type TestInstance } from "./fixtures/instance.ts";
import { type LostLog, recoverEvidence } from "./recover-evidence.ts";
import { loadTreeEdge } from "./tree-edge.ts";
import { loadWriter } from "./writer-row.ts";

const noLabels = async () => ({ leaves: [], rows: [] });

const LOG = { authority: "gate.example", environment: "dev" } as const;

let instance: TestInstance;
const opened: Store[] = [];
beforeEach(async () => {
  instance = await newInstance();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await instance.remove();
});

/** Opens, records revocations, closes; of kind `all` with the epochs that are given. */
async function live(on: TestInstance, epochsOfAll: readonly (number | undefined)[]): Promise<void> {
  const { evidence, store } = await on.open();
  for (const epoch of epochsOfAll) {
    const feed = evidence.feedPosition() + 1;
    const draft = epoch === undefined ? revocation(feed) : revocation(feed, "all", "all");
    await evidence.record([{ ...draft, body: { ...draft.body, ...(epoch === undefined ? {} : { epoch }) } }])
      .durable;
  }
  await evidence.close();
  await store.close();
}

const at = (name: string): string => join(instance.directory, name);

async function copyOfStore(name: string, on: TestInstance = instance): Promise<Store> {
  await copyFile(on.storePath, at(name));
  const store = await openSqliteStore(at(name));
  opened.push(store);
  return store;
}

async function newStore(name: string): Promise<Store> {
  const store = await createSqliteStore(join(at(name), "log.db"));
  opened.push(store);
  return store;
}

const anchorOfLost = (): Promise<Anchor> => readAnchor(instance.anchorPath, instance.custody.log);

/** The head of a store, as a genesis names it. */
async function headOf(store: Store): Promise<object> {
  const { frontier } = await loadTreeEdge(store);
  const { origin } = await loadWriter(store);
  return {
    size: frontier.size,
    root: toBase64url(frontier.root()),
    origin_digest: sha256Base64url(origin),
  };
}

const headOfAnchor = ({ size, root, origin }: Anchor): object => ({
  size,
  root,
  origin_digest: sha256Base64url(origin),
});

/** Recovers into a new store; returns the head its genesis names, and the revocation that comes with it. */
async function recover(
  lost: Store | null,
  changes: LostLog["changes"] = () => [],
): Promise<{ previous: unknown; revocation: unknown; store: Store }> {
  const store = await newStore("new");
  await recoverEvidence(instance.setup(store), LOG, { store: lost, carry: [], labels: noLabels, changes });
  const { size } = await store.tree();
  const leaves = (await store.entries(0, size)).map(({ leaf }) => parseLeafBytes(leaf));
  const [genesis] = leaves;
  return {
    previous: genesis?.type === "genesis" ? genesis.body.previous : undefined,
    revocation: leaves.find(({ type }) => type === "revocation")?.body,
    store,
  };
}

describe("the last head a new log names", () => {
  it("is the anchor's when the store is an older copy of the same log", async () => {
    await live(instance, [undefined]);
    const lost = await copyOfStore("old.db");
    await live(instance, [undefined, undefined]);
    const anchor = await anchorOfLost();
    expect((await recover(lost)).previous).toEqual(headOfAnchor(anchor));
  });

  it("is the store's when the anchor is the older one", async () => {
    await live(instance, [undefined]);
    await copyFile(instance.anchorPath, at("older.json"));
    await live(instance, [undefined, undefined]);
    await copyFile(at("older.json"), instance.anchorPath);
    const lost = await copyOfStore("lost.db");
    expect((await recover(lost)).previous).toEqual(await headOf(lost));
  });

  it("is the anchor's when store and anchor are of one size and differ", async () => {
    await live(instance, [undefined]);
    const [store, anchor] = [at("fork.db"), at("fork.json")];
    await copyFile(instance.storePath, store);
    await copyFile(instance.anchorPath, anchor);
    await live(instance, [undefined]);
    const lost = await copyOfStore("first.db");
    await copyFile(store, instance.storePath);
    await copyFile(anchor, instance.anchorPath);
    await live(instance, [undefined]);
    const known = await anchorOfLost();
    expect((await lost.tree()).size).toBe(known.size);
    expect((await recover(lost)).previous).toEqual(headOfAnchor(known));
  });

  it("is the store's when the anchor is gone", async () => {
    await live(instance, [undefined]);
    await rm(instance.anchorPath);
    const lost = await copyOfStore("lost.db");
    expect((await recover(lost)).previous).toEqual(await headOf(lost));
  });

  it("is the anchor's when what is in the store's place is another log, however long", async () => {
    const other = await newInstance();
    await live(other, [1, undefined, undefined]);
    const lost = await copyOfStore("other.db", other);
    await other.remove();
    const { previous, revocation: raised } = await recover(lost);
    expect(previous).toEqual(headOfAnchor(await readAnchor(at("anchor.json.lost"), instance.custody.log)));
    // What another log revoked is nothing to this one.
    expect(raised).toMatchObject({ kind: "all", epoch: 1 });
  });

  it("cannot be said when neither anchor nor store is left", async () => {
    await rm(instance.anchorPath);
    await expect(recover(null)).rejects.toMatchObject({ code: "state_rolled_back" });
  });

  it("is that of the lost log again when an earlier recovery was cut short", async () => {
    await live(instance, [undefined]);
    const anchor = await anchorOfLost();
    const failing = faultStore(await newStore("failed"), { commit: 1, kind: "lost" });
    const lost = { store: null, carry: [], labels: noLabels, changes: () => [] };
    await expect(recoverEvidence(instance.setup(failing), LOG, lost)).rejects.toMatchObject({
      code: "evidence_unavailable",
    });
    expect(await anchorOfLost()).toMatchObject({ size: 0 });
    expect((await recover(null)).previous).toEqual(headOfAnchor(anchor));
  });
});

describe("the epoch of everything is raised past the highest that is known", () => {
  const raise = (epoch: number): readonly StateChange[] => [{ room: "epochs", key: "all", value: epoch }];

  it("by the anchor, when the store is older", async () => {
    const lost = await copyOfStore("old.db");
    await live(instance, [1, 2]);
    const { revocation: raised, store } = await recover(lost, raise);
    expect(raised).toEqual({ feed: 1, kind: "all", id: "all", epoch: 3, by: "system" });
    expect(await store.get("epochs", "all")).toBe("3");
  });

  it("by the store, when the anchor is older", async () => {
    await copyFile(instance.anchorPath, at("older.json"));
    await live(instance, [1, 2]);
    await copyFile(at("older.json"), instance.anchorPath);
    const { revocation: raised } = await recover(await copyOfStore("lost.db"), raise);
    expect(raised).toMatchObject({ epoch: 3 });
  });
});

describe("a recovery", () => {
  it("is refused into a store that holds a log", async () => {
    const store = await instance.openStore();
    opened.push(store);
    const lost = { store: null, carry: [], labels: noLabels, changes: () => [] };
    await expect(recoverEvidence(instance.setup(store), LOG, lost)).rejects.toMatchObject({
      code: "conflict",
    });
  });

  it("labels anew what is in the lost store, by leaves that name the genesis they follow from", async () => {
    await live(instance, [undefined]);
    const lost = await copyOfStore("lost.db");
    const store = await newStore("new");
    const asked: unknown[] = [];
    await recoverEvidence(instance.setup(store), LOG, {
      store: lost,
      carry: [],
      labels: async (...given) => {
        asked.push(...given);
        return { leaves: [revocation(2)], rows: [{ room: "labels", key: "k", value: "1" }] };
      },
      changes: () => [],
    });
    const { size } = await store.tree();
    const leaves = (await store.entries(0, size)).map(({ leaf }) => parseLeafBytes(leaf));
    expect(asked).toEqual([lost, leaves[0]?.id]);
    expect(leaves.at(-1)).toMatchObject({ type: "revocation", body: { feed: 2 } });
    expect(await store.get("labels", "k")).toBe("1");
  });

  it("carries over the rooms it is told to, and of no store none", async () => {
    const { evidence, store: old } = await instance.open();
    await evidence.record([revocation(1)], [{ room: "notes", key: "k", value: "kept" }]).durable;
    await evidence.close();
    await old.close();
    const lost = await copyOfStore("lost.db");
    const log = { carry: ["notes"], labels: noLabels, changes: () => [] };
    const [full, bare] = [await newStore("new"), await newStore("bare")];
    await recoverEvidence(instance.setup(full), LOG, { ...log, store: lost });
    expect(await full.get("notes", "k")).toBe('"kept"');
    await recoverEvidence(instance.setup(bare), LOG, { ...log, store: null });
    expect(await bare.scan("notes", { limit: 10 })).toEqual([]);
  });

  it("from the anchor alone labels nothing", async () => {
    await live(instance, [undefined]);
    const asked: unknown[] = [];
    await recoverEvidence(instance.setup(await newStore("new")), LOG, {
      store: null,
      carry: [],
      labels: async (...given) => {
        asked.push(...given);
        return { leaves: [], rows: [] };
      },
      changes: () => [],
    });
    expect(asked).toEqual([]);
  });
});
