import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt, textsAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

const ID = { name: "ID", help: "id of the request, from `approval list`" };

async function waitingCalls(call: Call): Promise<readonly JsonObject[]> {
  const admin = await openAdmin(call);
  return objectsAt(await admin.read("/approvals"), "approvals");
}

async function waitingCall(call: Call): Promise<JsonObject> {
  const found = (await waitingCalls(call)).find((one) => textAt(one, "id") === call.argument(0));
  if (found !== undefined) return found;
  throw new NarrowgateError(
    "not_found",
    "no such request waits; `narrowgate approval list` shows those that do",
  );
}

function operation(one: JsonObject): string {
  return cleanText(`${textAt(one, "server")} ${textAt(one, "operation")}`, 64);
}

/** `narrowgate approval list` */
export const approvalList: CommandSpec = {
  path: ["approval", "list"],
  summary: "list the calls that wait for a person",
  options: INSTANCE_OPTIONS,
  examples: [
    ["narrowgate approval list", "agents, operations, whose signatures are missing, and until when"],
  ],
  async run(call) {
    const approvals = await waitingCalls(call);
    const rows = approvals.map((one) => [
      textAt(one, "id"),
      formatTime(one.asked_at_ms),
      cleanText(textAt(one, "agent"), 64),
      cleanText(textAt(one, "purpose"), 48),
      operation(one),
      textsAt(one, "missing").join(",") || "none",
      formatTime(one.not_after_ms),
      textAt(one, "txn"),
    ]);
    const lines =
      rows.length === 0
        ? [
            "No call waits for a person. Policies ask for one with @approval; see docs/design/approvals.md",
            "A request ends with its mandate, and `run` and `connect` close the mandate they opened themselves: to wait, give them --mandate.",
          ]
        : [
            ...formatTable(
              ["ID", "ASKED", "AGENT", "PURPOSE", "OPERATION", "MISSING", "ENDS", "TRANSACTION"],
              rows,
            ),
            "The page on which one is signed: narrowgate approval open ID",
          ];
    return { json: { approvals }, lines };
  },
};

/** `narrowgate approval show` */
export const approvalShow: CommandSpec = {
  path: ["approval", "show"],
  summary: "show a call that waits: who asks, for whom, what, and who has to sign",
  details: ["Its arguments stand on its page alone, where they are signed: `narrowgate approval open ID`."],
  arguments: [ID],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate approval show Jq3...", "everything but the arguments"]],
  async run(call) {
    const one = await waitingCall(call);
    return {
      json: one,
      lines: [
        `agent ${cleanText(textAt(one, "agent"), 128)} for ${cleanText(textAt(one, "subject"), 256)}`,
        `to: ${cleanText(textAt(one, "purpose"), 256)}`,
        `${operation(one)} (${textAt(one, "effect")})`,
        `asks for ${textsAt(one, "requires").join(", ")}; missing: ${textsAt(one, "missing").join(", ") || "none"}`,
        `asked ${formatTime(one.asked_at_ms)}, ends ${formatTime(one.not_after_ms)}`,
        `transaction ${textAt(one, "txn")}`,
      ],
    };
  },
};

/** `narrowgate approval open` */
export const approvalOpen: CommandSpec = {
  path: ["approval", "open"],
  summary: "print the address at which a call is approved or refused",
  details: [
    "Who has the address can read the call. Nobody can answer without a passkey of a person who may.",
    "There is no command that approves: a person reads the call on that page and signs it.",
  ],
  arguments: [ID],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate approval open Jq3...", "open it in the browser that holds your passkey"]],
  async run(call) {
    const { url = "" } = await waitingCall(call);
    return { json: { url }, lines: [String(url)] };
  },
};
