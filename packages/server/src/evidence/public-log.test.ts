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
import { expect, it } from "vitest";
import { logForEachTest } from "../../test/evidence/log-for-each-test.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { logVerifierKey } from "./checkpoints.ts";
import { decision, mandate } from "./fixtures/drafts.ts";
import { answerPublicLog, readEntryBundle } from "./public-log.ts";
import { verifyEd25519 } from "./verify-ed25519.ts";

const log = logForEachTest();

async function grow(count: number): Promise<void> {
  const txn = log.evidence.openTransaction();
  const agent = randomId();
  log.evidence.record([mandate(txn, agent)]);
  for (let i = 1; i < count; i++) log.evidence.record([decision(txn, agent, 0, "refuse")]);
  await log.evidence.flush();
  await log.evidence.freshCheckpoint();
}

async function get(path: string): Promise<{ status: number; body: Uint8Array }> {
  return answerPublicLog(log.evidence, path);
}

it.each([3, 251, 600])(
  "serves tiles that rebuild the root of its signed checkpoint (%i leaves more)",
  async (count) => {
    await grow(count);
    const { body } = await get("checkpoint");
    const note = Buffer.from(body).toString("utf8");
    const key = logVerifierKey(log.evidence.identity.origin, log.instance.custody.log);
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
  const size = log.evidence.publisher.published?.size ?? 0;
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
  const before = log.evidence.durable.size;
  const bundle = await readEntryBundle(
    log.evidence,
    { index: 0, width: 5 },
    { auditor: randomId(), request: "signed" },
  );
  expect(log.evidence.durable.size).toBe(before + 1);
  const [row] = await log.store.entries(before, 1);
  expect(row === undefined ? null : parseLeafBytes(row.leaf).body).toMatchObject({
    from: 0,
    count: 5,
    what: "entries",
  });
  const tree = new Frontier(nodeSha256);
  for (const leaf of decodeEntryBundle(bundle)) tree.append(leafHash(nodeSha256, leaf));
  expect(tree.size).toBe(5);
  await expect(
    readEntryBundle(log.evidence, { index: 9, width: 5 }, { auditor: randomId(), request: "signed" }),
  ).rejects.toMatchObject({ code: "not_found" });
});
