import type { LeafDraft } from "@narrowgate/contracts";
import { canonicalJson, parseStrictJson, randomId } from "@narrowgate/kernel";
import { LABEL_ROOM } from "../flow/index.ts";
import { scanRoom } from "../platform/store/scan-room.ts";
import type { StateRow, Store } from "../platform/store/store.ts";
import { parseServerRow } from "../registry/parse-rows.ts";
import { ROOM_SERVER } from "../registry/rows.ts";

const LIMITS = { maxBytes: 16 * 1024 * 1024, maxKeys: 1_000_000 };

/**
 * Labels for the first commit of a recovered log: every declared store holds content of strangers, for what the lost tail
 * said of it is not known. What was a label of a transaction or an instance goes: both are dead.
 * @param lost - an older copy
 * @param genesis - id of the leaf that begins the new log: what they follow from
 * @throws `malformed_input` when a stored server is damaged
 */
export async function untrustStores(
  lost: Store,
  genesis: string,
): Promise<{ readonly leaves: readonly LeafDraft[]; readonly rows: readonly StateRow[] }> {
  const leaves: LeafDraft[] = [];
  const rows: StateRow[] = [];
  for await (const { key, value } of scanRoom(lost, ROOM_SERVER)) {
    const { ref, store } = parseServerRow(key, parseStrictJson(value, LIMITS));
    if (store === undefined) continue;
    const entry = randomId();
    const label = { class: store.dataClass, untrusted: true };
    leaves.push({ type: "label", id: entry, body: { state: "store", ref, ...label, because: genesis } });
    rows.push({ room: LABEL_ROOM, key: `store/${ref}`, value: canonicalJson({ ...label, entry }) });
  }
  return { leaves, rows };
}
