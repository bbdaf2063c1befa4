import { openAdmin } from "../admin/admin-client.ts";
import type { Call } from "../command.ts";
import { withProgress } from "../terminal/progress.ts";

/** Fetches the proof bundle of a transaction, byte for byte; the reading is recorded. @throws `not_found` */
export async function readBundle(call: Call, txn: string): Promise<Uint8Array> {
  const admin = await openAdmin(call);
  const read = admin.bytes(`/transactions/${encodeURIComponent(txn)}/bundle`);
  return withProgress(call.terminal, "reading the bundle", read);
}
