import type { Admin } from "../wire/admin.ts";

/** All that is on record of a transaction, opened, as text. Empty where it cannot be read. */
export async function evidenceOf(admin: Admin, txn: string): Promise<string> {
  const answer = await admin.send("GET", `/transactions/${txn}`);
  return answer.status === 200 ? answer.text : "";
}
