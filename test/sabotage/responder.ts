import type { Context } from "../../packages/drills/src/run/drill.ts";
import { LEAD } from "../../packages/drills/src/stage/scene.ts";
import { tokenOf } from "../../packages/drills/src/wire/agent.ts";
import { isDone, said } from "../../packages/drills/src/wire/http.ts";
import { textAt } from "../../packages/drills/src/wire/reading.ts";

/** What one responder forbids over all policies is tried, while the token from before is still good. */
export async function forbiddenCall({ sandbox, tally }: Context): Promise<void> {
  const lead = await sandbox.join(LEAD);
  const { id } = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: id }));
  const call = { server: "drill-files", tool: "read_public", args: { path: "notes/x" }, token };
  const before = await lead.call(call);
  tally.needs(isDone(before), `a call: ${said(before)}`);
  const text = '@id("stop") forbid(principal, action, resource);';
  const put = await sandbox.admin.send("POST", "/overlays", { text, reason: "sabotage", for_s: 600 });
  tally.needs(put.status < 300, `forbidding: ${put.text.slice(0, 200)}`);
  const after = await lead.call(call);
  tally.trial(!isDone(after), `called what was forbidden: ${said(after)}`);
  await sandbox.admin.send("POST", `/overlays/${textAt(put.body, "id")}/lift`, { reason: "sabotage" });
}
