import { toBase64url } from "@narrowgate/kernel";
import { treeRoot } from "@narrowgate/tlog";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { Store } from "../platform/store/store.ts";
import type { Anchor } from "./anchor.ts";
import { stateRolledBack } from "./errors.ts";
import type { Feed } from "./feed.ts";
import { durableHashes, type TreeEdge } from "./tree-edge.ts";

/** How the anchor stands to a store that is not older. */
export type AnchorStanding = "equal" | "behind";

/**
 * Compares the store with the anchor: the store's tree must begin with the anchor's tree, and know its revocations.
 * @throws `state_rolled_back` when the store is older, or another
 */
export async function checkAnchor(
  store: Store,
  edge: TreeEdge,
  feed: Feed,
  anchor: Anchor,
): Promise<AnchorStanding> {
  const { size } = edge.frontier;
  if (anchor.size > size) throw stateRolledBack(`the store has ${size} entries, the anchor ${anchor.size}`);
  if (anchor.feed > feed.position) throw stateRolledBack("the store lacks revocations that the anchor has");
  if (anchor.feed === feed.position && anchor.feedDigest !== feed.digest) {
    throw stateRolledBack("the store has other revocations than the anchor");
  }
  if (anchor.size > 0) {
    const root = await treeRoot(nodeSha256, anchor.size, durableHashes(store, edge, size));
    if (toBase64url(root) !== anchor.root)
      throw stateRolledBack("the store has another history than the anchor");
  }
  return anchor.size === size ? "equal" : "behind";
}
