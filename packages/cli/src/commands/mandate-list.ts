import { openAdmin } from "../admin/admin-client.ts";
import { readAll, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

/** Whose word a mandate is, as a person says it. */
const BASES: Readonly<Record<string, string>> = {
  signed_by_subject: "signed by the person",
  asserted_by_agent: "the agent's word",
  operator: "an operator's word",
};

/** `narrowgate mandate list` */
export const mandateList: CommandSpec = {
  path: ["mandate", "list"],
  summary: "list open mandates",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate mandate list", "who asked which agent for what"]],
  async run(call) {
    const mandates = await readAll(await openAdmin(call), "/mandates", "mandates");
    const rows = mandates.map((mandate) => [
      ...["id", "agent"].map((name) => textAt(mandate, name)),
      BASES[textAt(mandate, "basis")] ?? textAt(mandate, "basis"),
      ...["subject", "purpose"].map((name) => textAt(mandate, name)),
      formatTime(typeof mandate.expires === "number" ? mandate.expires * 1000 : null),
    ]);
    const lines =
      rows.length === 0
        ? ["No mandate is open. Agents open them for people, and operators with: narrowgate mandate open"]
        : formatTable(["ID", "AGENT", "BASIS", "SUBJECT", "PURPOSE", "EXPIRES"], rows);
    return { json: { mandates }, lines };
  },
};
