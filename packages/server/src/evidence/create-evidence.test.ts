import { join } from "node:path";
import { parseLeafBytes } from "@narrowgate/contracts";
import { type Clock, randomId } from "@narrowgate/kernel";
import { faultStore } from "@narrowgate/testkit";
import { formatVerifierKey } from "@narrowgate/tlog";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { createSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../platform/store/store.ts";
import { readAnchor } from "./anchor.ts";
import { logVerifierKey } from "./checkpoints.ts";
import { beginLog, createEvidence, type FirstCommit } from "./create-evidence.ts";
import type { EvidenceSetup } from "./evidence.ts";
import { revocation } from "./fixtures/drafts.ts";
import { newInstance, PROCEDURE, START_MS, type TestInstance } from "./fixtures/instance.ts";
import { openEvidence } from "./open-evidence.ts";
import { loadClean, loadWriter } from "./writer-row.ts";

const LOG = { authority: "gate.example", environment: "dev" } as const;
const NOTHING: FirstCommit = { leaves: [], rows: [] };

let instance: TestInstance;
const opened: Store[] = [];
beforeEach(async () => {
  instance = await newInstance();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await instance.remove();
});

async function emptyStore(name: string): Promise<Store> {
  const store = await createSqliteStore(join(instance.directory, name, "log.db"));
  opened.push(store);
  return store;
}

/** A setup with an anchor of its own beside the instance's. */
const setupOf = (store: Store, more: Partial<EvidenceSetup> = {}): EvidenceSetup =>
  instance.setup(store, { anchorPath: join(instance.directory, "new-anchor.json"), ...more });
const leavesOf = async (store: Store) =>
  (await store.entries(0, 100)).map(({ leaf }) => parseLeafBytes(leaf));

describe("a new log", () => {
  it("begins with its genesis and its keys, and an anchor that knows all of it", async () => {
    const store = await emptyStore("new");
    const identity = await createEvidence(setupOf(store), LOG);
    const { writerId } = identity;
    expect(identity).toEqual({ writerId, origin: `gate.example/log/${writerId}`, environment: "dev" });
    const [genesis, ...keys] = await leavesOf(store);
    const logKey = formatVerifierKey(logVerifierKey(identity.origin, instance.custody.log));
    expect(genesis).toMatchObject({ type: "genesis", at: instance.clock.nowMs() });
    expect(genesis?.body).toEqual({
      origin_digest: sha256Base64url(identity.origin),
      environment: "dev",
      log_key: sha256Base64url(logKey),
    });
    expect(keys.map(({ type, body }) => [type, body])).toEqual(
      ["log", "seal", "token"].map((purpose) => [
        "key",
        expect.objectContaining({ action: "added", purpose }),
      ]),
    );
    expect(await loadWriter(store)).toEqual(identity);
    expect(await loadClean(store)).toBe(true);
    const { size } = await store.tree();
    expect(await readAnchor(setupOf(store).anchorPath, instance.custody.log)).toMatchObject({
      ...{ origin: identity.origin, size, feed: 0, epochAll: 0 },
    });
    const { evidence, clean } = await openEvidence(setupOf(store), PROCEDURE);
    expect(clean).toBe(true);
    await evidence.close();
  });

  it("names the log it continues, has the id it is given, and holds the leaves and rows that come with it", async () => {
    const store = await emptyStore("new");
    const previous = { size: 7, root: sha256Base64url("root"), origin_digest: sha256Base64url("origin") };
    const id = randomId();
    const rows = [{ room: "notes", key: "k", value: "1" }];
    await beginLog(setupOf(store), LOG, { previous, genesis: id, leaves: [revocation(1)], rows });
    const leaves = await leavesOf(store);
    expect(leaves[0]).toMatchObject({ id, body: { previous } });
    expect(leaves.at(-1)?.type).toBe("revocation");
    expect(await store.get("notes", "k")).toBe("1");
    const anchor = await readAnchor(setupOf(store).anchorPath, instance.custody.log);
    expect(anchor).toMatchObject({ size: leaves.length, feed: 1 });
  });

  it("is not begun in a store that holds one; nothing changes", async () => {
    const store = await instance.openStore();
    opened.push(store);
    const [before, anchor] = [
      await store.tree(),
      await readAnchor(instance.anchorPath, instance.custody.log),
    ];
    await expect(beginLog(instance.setup(store), LOG, NOTHING)).rejects.toMatchObject({ code: "conflict" });
    expect(await store.tree()).toEqual(before);
    expect(await readAnchor(instance.anchorPath, instance.custody.log)).toEqual(anchor);
  });

  it("is not begun where the anchor knows one that has leaves, though the store is empty", async () => {
    const store = await emptyStore("new");
    await expect(createEvidence(instance.setup(store), LOG)).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: expect.stringContaining("the store is empty"),
    });
    expect(await store.tree()).toMatchObject({ size: 0 });
  });

  it("is begun again where the first start was cut short before its commit", async () => {
    const failing = faultStore(await emptyStore("first"), { commit: 1, kind: "lost" });
    await expect(createEvidence(setupOf(failing), LOG)).rejects.toThrow();
    expect(await readAnchor(setupOf(failing).anchorPath, instance.custody.log)).toMatchObject({ size: 0 });
    const store = await emptyStore("second");
    const { origin } = await createEvidence(setupOf(store), LOG);
    expect(await readAnchor(setupOf(store).anchorPath, instance.custody.log)).toMatchObject({ origin });
  });

  it("keeps the time of its first leaf where the clock is put back while it begins, and says so", async () => {
    const behind: number[] = [];
    const backwards = (): Clock => {
      let now = START_MS;
      return { nowMs: () => now-- };
    };
    const told = await emptyStore("told");
    await createEvidence(setupOf(told, { clock: backwards(), onClockBehind: (ms) => behind.push(ms) }), LOG);
    expect(behind).toEqual([1, 2, 3]);
    const untold = await emptyStore("untold");
    const anchorPath = join(instance.directory, "untold.json");
    await createEvidence(setupOf(untold, { clock: backwards(), anchorPath }), LOG);
    for (const store of [told, untold])
      expect((await leavesOf(store)).map(({ at }) => at)).toEqual(Array.from({ length: 4 }, () => START_MS));
  });
});
