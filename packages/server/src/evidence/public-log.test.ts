import { parseLeafBytes } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import {
  decodeEntryBundle,
  Frontier,
  hashLength,
  leafHash,
  parseCheckpoint,
  parseNote,
  tileHashReader,
  tilePath,
  tilesFor,
  treeRoot,
  verifyCheckpoint,
} from "@narrowgate/tlog";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { Store } from "../platform/store/store.ts";
import { logVerifierKey } from "./checkpoints.ts";
import { decision, mandate } from "./fixtures/drafts.ts";
import { newInstance, type TestInstance } from "./fixtures/instance.ts";
import type { OpenedEvidence } from "./open-evidence.ts";
import { answerPublicLog, readEntryBundle } from "./public-log.ts";
import { verifyEd25519 } from "./verify-ed25519.ts";

let instance: TestInstance;
let opened: OpenedEvidence & { readonly store: Store };
beforeEach(async () => {
  instance = await newInstance();
  opened = await instance.open();
});
afterEach(async () => {
  await opened.evidence.close();
  await opened.store.close();
  await instance.remove();
});

async function grow(count: number): Promise<void> {
  const txn = opened.evidence.openTransaction();
  const agent = randomId();
  opened.evidence.record([mandate(txn, agent)]);
  for (let i = 1; i < count; i++) opened.evidence.record([decision(txn, agent, 0, "refuse")]);
  await opened.evidence.flush();
  await opened.evidence.freshCheckpoint();
}

async function get(path: string): Promise<{ status: number; body: Uint8Array }> {
  return answerPublicLog(opened.evidence, path);
}

it.each([3, 251, 600])(
  "serves tiles that rebuild the root of its signed checkpoint (%i leaves more)",
  async (count) => {
    await grow(count);
    const { body } = await get("checkpoint");
    const note = Buffer.from(body).toString("utf8");
    const key = logVerifierKey(opened.evidence.identity.origin, instance.custody.log);
    const policy = { witnesses: [], threshold: 0 };
    expect(await verifyCheckpoint(note, key, policy, verifyEd25519)).toMatchObject({ kind: "verified" });
    const { size, root } = parseCheckpoint(parseNote(note).text);
    const reader = tileHashReader(nodeSha256, size, async ({ level, index, width }) => {
      const tile = await get(tilePath(level, index, width));
      expect(tile.status).toBe(200);
      expect(tile.body.length).toBe(width * hashLength);
      return tile.body;
    });
    expect(Buffer.from(await treeRoot(nodeSha256, size, reader))).toEqual(Buffer.from(root));
    for (const { level, index, width } of tilesFor(size)) {
      expect((await get(tilePath(level, index, width))).status).toBe(200);
    }
  },
);

it("serves no leaf, nothing beyond the checkpoint and no other path", async () => {
  await grow(10);
  const size = opened.evidence.publisher.published?.size ?? 0;
  const paths = [
    tilePath("entries", 0, 3),
    tilePath(0, 0, size + 1),
    tilePath(1, 0, 1),
    "tile/0/000",
    "../keys",
    "",
    "x".repeat(9999),
  ];
  for (const path of paths) expect((await get(path)).status).toBe(404);
});

it("gives an auditor entries only after the reading itself is in the log", async () => {
  await grow(10);
  const before = opened.evidence.durable.size;
  const bundle = await readEntryBundle(
    opened.evidence,
    { index: 0, width: 5 },
    { auditor: randomId(), request: "signed" },
  );
  expect(opened.evidence.durable.size).toBe(before + 1);
  const [row] = await opened.store.entries(before, 1);
  expect(row === undefined ? null : parseLeafBytes(row.leaf).body).toMatchObject({
    from: 0,
    count: 5,
    what: "entries",
  });
  const tree = new Frontier(nodeSha256);
  for (const leaf of decodeEntryBundle(bundle)) tree.append(leafHash(nodeSha256, leaf));
  expect(tree.size).toBe(5);
  await expect(
    readEntryBundle(opened.evidence, { index: 9, width: 5 }, { auditor: randomId(), request: "signed" }),
  ).rejects.toMatchObject({ code: "not_found" });
});
