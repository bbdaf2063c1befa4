import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

/** Rows that a terminal is shown; `--json` has all that were listed. */
const SHOWN = 20;

function rowOf(call: JsonObject): readonly string[] {
  const outcome = textAt(call, "outcome");
  return [
    formatTime(call.at),
    textAt(call, "txn"),
    cleanText(`${textAt(call, "server")} ${textAt(call, "operation")}`, 64),
    `${textAt(call, "effect")}${call.egress === true ? ", sent data out" : ""}`,
    outcome === "pending" ? "not known yet" : outcome.replace("_", " "),
    cleanText(textAt(call, "purpose") || "not told", 48),
  ];
}

/** What calls under a release changed, in lines. @param effects - as the admin API gives them */
export function effectLines(effects: JsonObject): readonly string[] {
  const calls = objectsAt(effects, "calls");
  if (calls.length === 0) return ["no call under it changed anything"];
  const total = `${effects.is_more === true ? "at least " : ""}${String(effects.total)}`;
  const table = formatTable(
    ["AT", "TRANSACTION", "OPERATION", "EFFECT", "OUTCOME", "FOR"],
    calls.slice(0, SHOWN).map(rowOf),
  );
  const rest = calls.length > SHOWN ? [`the newest ${SHOWN}; --json has the newest ${calls.length}`] : [];
  return [`${total} calls under it changed something, and nothing here undoes them:`, ...table, ...rest];
}

/** `narrowgate release effects` */
export const releaseEffects: CommandSpec = {
  path: ["release", "effects"],
  summary: "list the calls under a release that changed something; the reading is recorded",
  details: [
    "Newest first, out of the log: when, what, whether it can be undone, what became of it, and what the work was for. A",
    "crash leaves an outcome `unknown`: only the server that was called can tell. `--json` has the newest 1,000.",
  ],
  arguments: [
    { name: "ID", help: "id of the release, or the beginning of it; or the digest of its deployment" },
  ],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate release effects Jq3", "what somebody may have to make good"]],
  async run(call) {
    const admin = await openAdmin(call);
    const wanted = call.argument(0);
    const releases = objectsAt(await admin.read("/releases"), "releases");
    const [one, ...others] = releases.filter((release) => textAt(release, "id").startsWith(wanted));
    if (others.length > 0)
      throw new NarrowgateError("usage", "several releases begin like that; give more of the id");
    const id = one === undefined ? wanted : textAt(one, "id");
    const effects = await admin.send("GET", `/releases/${encodeURIComponent(id)}/effects`);
    const about = `agent ${cleanText(textAt(effects, "agent"), 128)}, deployment ${textAt(effects, "deployment")}`;
    return { json: effects, lines: [about, ...effectLines(effects)] };
  },
};
