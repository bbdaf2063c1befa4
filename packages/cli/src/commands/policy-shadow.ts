import { errorRow } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { asObject, objectsAt, textAt, textsAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { readCandidate } from "../policies/read-candidate.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

function said(outcome: JsonObject): string {
  const failed = textAt(outcome, "failed");
  if (failed !== "") return `cannot be asked: ${failed}`;
  return textAt(outcome, "code") || textAt(outcome, "verdict");
}

function statusLines(status: JsonObject): readonly string[] {
  if (textAt(status, "state") !== "on") return ["no candidate is in the shadow"];
  const counts = asObject(status.counts);
  const rows = objectsAt(status, "samples").map((sample) => [
    formatTime(sample.at_ms),
    textAt(sample, "txn"),
    said(asObject(sample.before)),
    said(asObject(sample.after)),
    textsAt(asObject(sample.after), "policies").join(", "),
  ]);
  return [
    ...(rows.length === 0 ? [] : formatTable(["TIME", "TRANSACTION", "WAS", "WOULD BE", "BY"], rows)),
    cleanText(
      `since ${formatTime(status.since_ms)}: ${textAt(counts, "judged")} decision(s), ${textAt(counts, "changed")} would be others, ${textAt(status, "dropped")} left out`,
    ),
  ];
}

async function run(call: Call): Promise<Outcome> {
  const admin = await openAdmin(call);
  const what = call.argument(0);
  if (what === "status") {
    const status = await admin.read("/policy-shadow");
    return { json: status, lines: statusLines(status) };
  }
  if (what === "off")
    return { json: await admin.send("DELETE", "/policy-shadow"), lines: ["the shadow is empty"] };
  const { files } = await readCandidate(call.directory, what);
  const answer = await admin.attempt("POST", "/policy-shadow", { files: files.map((file) => ({ ...file })) });
  if (answer.kind === "refused")
    return {
      json: { state: "rejected", problems: answer.problems.map((problem) => ({ ...problem })) },
      lines: [
        cleanText(answer.error.publicMessage),
        ...answer.problems.map(({ path, message }) => cleanText(`${path}: ${message}`)),
      ],
      exit: errorRow("policy_invalid").exit,
    };
  return {
    json: answer.body,
    lines: ["the candidate is in the shadow: see `narrowgate policy shadow status`"],
  };
}

/** `narrowgate policy shadow` */
export const policyShadow: CommandSpec = {
  path: ["policy", "shadow"],
  summary:
    "try policies on live traffic: they are asked about each decision after it was made, and decide nothing",
  details: [
    "What they would have decided differently is counted, with the newest differences as samples. A restart ends it.",
  ],
  arguments: [{ name: "FILE", help: "a registry file, a folder or a Cedar file; or `off`, or `status`" }],
  options: INSTANCE_OPTIONS,
  examples: [
    ["narrowgate policy shadow policies", "begin"],
    ["narrowgate policy shadow status", "what would have been decided differently"],
  ],
  run,
};
