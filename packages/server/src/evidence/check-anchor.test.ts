import { randomId, toBase64url } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../platform/store/store.ts";
import type { Anchor } from "./anchor.ts";
import { checkAnchor } from "./check-anchor.ts";
import { decision, mandate, revocation } from "./fixtures/drafts.ts";
import { newInstance, type TestInstance } from "./fixtures/instance.ts";
import { loadTreeEdge } from "./tree-edge.ts";
import { loadFeed, loadWriter } from "./writer-row.ts";

let instance: TestInstance;
let store: Store;
let older: Anchor;
let now: Anchor;

/** The anchor that fits the store as it is. */
async function anchorOf(): Promise<Anchor> {
  const { frontier } = await loadTreeEdge(store);
  const { position, digest, all } = await loadFeed(store);
  const { origin } = await loadWriter(store);
  const root = toBase64url(frontier.root());
  return { origin, size: frontier.size, root, feed: position, feedDigest: digest, epochAll: all };
}

beforeEach(async () => {
  instance = await newInstance();
  const opened = await instance.open();
  store = opened.store;
  const { evidence } = opened;
  const [txn, agent] = [evidence.openTransaction(), randomId()];
  await evidence.record([mandate(txn, agent), revocation(1)]).durable;
  older = await anchorOf();
  await evidence.record([decision(txn, agent, 1), revocation(2)]).durable;
  await evidence.close();
  now = await anchorOf();
});
afterEach(async () => {
  await store.close();
  await instance.remove();
});

async function check(anchor: Anchor): Promise<string> {
  return checkAnchor(store, await loadTreeEdge(store), await loadFeed(store), anchor);
}

describe("a store stands to its anchor", () => {
  it("as equal when they end with the same leaf", async () => {
    expect(await check(now)).toBe("equal");
  });

  it("as ahead of it when the store begins with the anchor's tree", async () => {
    expect(await check(older)).toBe("behind");
  });

  it("as ahead of it when the anchor was written before the first commit", async () => {
    expect(await check({ ...now, size: 0, root: "", feed: 0 })).toBe("behind");
  });
});

describe("a store is refused when", () => {
  it.each([
    ["it is shorter", () => ({ ...now, size: now.size + 1 }), /entries/],
    ["it lacks a revocation", () => ({ ...now, feed: now.feed + 1 }), /lacks revocations/],
    [
      "its newest revocation is another",
      () => ({ ...now, feedDigest: older.feedDigest }),
      /other revocations/,
    ],
    ["its history is another, of the same length", () => ({ ...now, root: older.root }), /another history/],
    ["its history is another, some way back", () => ({ ...older, root: now.root }), /another history/],
  ])("%s", async (_name, anchor, detail) => {
    await expect(check(anchor())).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: expect.stringMatching(detail),
    });
  });
});
