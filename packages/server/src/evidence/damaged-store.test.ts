import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseLeafBytes } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import { createEvidence } from "./create-evidence.ts";
import { decision, mandate, revocation } from "./fixtures/drafts.ts";
import { newInstance, PROCEDURE, type TestInstance } from "./fixtures/instance.ts";
import { openEvidence } from "./open-evidence.ts";

let instance: TestInstance;
beforeEach(async () => {
  instance = await newInstance();
  const { evidence, store } = await instance.open();
  const txn = evidence.openTransaction();
  const agent = randomId();
  evidence.record([mandate(txn, agent)]);
  for (let i = 0; i < 300; i++) evidence.record([decision(txn, agent, 0, "refuse")]);
  await evidence.record([revocation(1)]).durable;
  await evidence.close();
  await store.close();
});
afterEach(() => instance.remove());

describe("opening refuses a store in which somebody", () => {
  it.each([
    [
      "changed a recent entry",
      "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'refuse', 'permit') AS BLOB) WHERE idx = 299",
    ],
    [
      "changed the newest entry",
      "UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE idx = (SELECT max(idx) FROM entry)",
    ],
    ["dropped the newest entry", "DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)"],
    ["changed a tile", "UPDATE tile SET hashes = zeroblob(8192)"],
    ["dropped a tile", "DELETE FROM tile"],
    ["dropped the revocations", "DELETE FROM state WHERE room = 'evidence' AND key = 'feed'"],
    ["dropped the head of an open transaction", "DELETE FROM head WHERE kind = 'txn'"],
  ])("%s", async (_, sql) => {
    const db = new DatabaseSync(instance.storePath);
    expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
    db.close();
    const store = await instance.openStore();
    await expect(openEvidence(instance.setup(store), PROCEDURE)).rejects.toMatchObject({
      code: "state_rolled_back",
    });
    await store.close();
  });
});

describe("a revocation", () => {
  it("that cannot be anchored is not acknowledged, and the writer stops", async () => {
    const directory = join(instance.directory, "anchors");
    await mkdir(directory);
    const store = await createSqliteStore(join(instance.directory, "other", "log.db"));
    const setup = instance.setup(store, { anchorPath: join(directory, "anchor.json") });
    await createEvidence(setup, { authority: "gate.example", environment: "dev" });
    const { evidence } = await openEvidence(setup, PROCEDURE);
    await rm(directory, { recursive: true });
    const unavailable = { code: "evidence_unavailable" };
    await expect(evidence.record([revocation(1)]).durable).rejects.toMatchObject(unavailable);
    expect(() => evidence.record([revocation(2)])).toThrow(expect.objectContaining(unavailable));
    await evidence.close();
    await evidence.close();
    await store.close();
  });
});

describe("token keys", () => {
  it("that a crash kept out of the log are recorded at the next start, as added and as retired", async () => {
    const old = instance.custody.signingTokenKey().kid;
    const { kid } = await instance.custody.addTokenKey();
    await instance.custody.activateTokenKey(kid, 0);
    await instance.custody.retireTokenKeys(10, 5);
    const { evidence, store, boot } = await instance.open();
    const rows = await store.entries(boot.index + 1, 10);
    const bodies = rows.map(({ leaf }) => parseLeafBytes(leaf).body);
    expect(bodies).toEqual([
      expect.objectContaining({ action: "added", purpose: "token", kid }),
      { action: "retired", purpose: "token", kid: old },
    ]);
    await evidence.close();
    await store.close();
    const again = await instance.open();
    expect(await again.store.entries(again.boot.index + 1, 10)).toEqual([]);
    await again.evidence.close();
    await again.store.close();
  });
});
