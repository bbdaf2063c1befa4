import { isNarrowgateError } from "@narrowgate/kernel";
import { readAnchor } from "./anchor.ts";
import { checkAnchor } from "./check-anchor.ts";
import { DEFAULT_WINDOW_MS, type EvidenceSetup } from "./evidence.ts";
import { readTailWindow } from "./tail-window.ts";
import { loadTreeEdge } from "./tree-edge.ts";
import { loadFeed, loadWriter } from "./writer-row.ts";

const ofStore: ReadonlySet<string> = new Set(["store_unavailable", "store_incompatible"]);

/**
 * Tells whether a log would open: its store is not older than its anchor, and its tail fits its tree. Changes nothing.
 * @throws what the store throws
 */
export async function isIntact({ store, custody, anchorPath, windowMs }: EvidenceSetup): Promise<boolean> {
  try {
    const { writerId, origin } = await loadWriter(store);
    const anchor = await readAnchor(anchorPath, custody.log);
    const edge = await loadTreeEdge(store);
    await checkAnchor(store, edge, await loadFeed(store), anchor);
    await readTailWindow(store, edge, writerId, windowMs ?? DEFAULT_WINDOW_MS);
    return anchor.origin === origin;
  } catch (error) {
    if (isNarrowgateError(error) && !ofStore.has(error.code)) return false;
    throw error;
  }
}
