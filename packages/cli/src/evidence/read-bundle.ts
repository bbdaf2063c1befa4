import { openAdmin } from "../admin/admin-client.ts";
import type { Call } from "../command.ts";
import { withProgress } from "../terminal/progress.ts";
import { linkHeads } from "./link-heads.ts";

/**
 * Fetches the proof bundle of a transaction and links it to the heads we gave out; the reading is recorded.
 * @throws `not_found`
 */
export async function readBundle(call: Call, txn: string): Promise<Uint8Array> {
  const admin = await openAdmin(call);
  const read = admin.bytes(`/transactions/${encodeURIComponent(txn)}/bundle`);
  const bytes = await withProgress(call.terminal, "reading the bundle", read);
  return withProgress(call.terminal, "linking heads", linkHeads(bytes, admin.place.baseUrl, call.env));
}
