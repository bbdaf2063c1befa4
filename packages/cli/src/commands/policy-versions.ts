import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { diffPolicies } from "@narrowgate/policy/analysis";
import { createNodeEngine } from "@narrowgate/policy/node";
import { openAdmin } from "../admin/admin-client.ts";
import { objectsAt, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { compileOrRefuse, differenceLines, differencesJson } from "../policies/diff-bundles.ts";
import { publishFiles } from "../policies/publish-files.ts";
import { readCandidate } from "../policies/read-candidate.ts";
import { fetchBundle } from "../policies/recorded.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

const CONFIRMING = [
  { name: "yes", help: "publish without asking" },
  { name: "full", help: "show every changed line" },
] as const;

function versionOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new NarrowgateError("usage", "a version is a number of `policy list`; 0 is the newest");
}

function published(plan: unknown): Outcome {
  return plan === undefined
    ? { json: { published: false }, lines: ["these policies are in force already"] }
    : { json: { published: true }, lines: ["published: the policies are in force"] };
}

const CAUSES: Readonly<Record<string, string>> = {
  first: "first policies",
  policies: "policies changed",
  definitions: "tools approved or changed",
  both: "policies and tools changed",
  restated: "stated anew",
};

/** Why a version came into force, in words. */
function causeOf(row: JsonObject): string {
  const cause = CAUSES[textAt(row, "cause")] ?? "";
  return row.same_as === undefined ? cause : `${cause}: as version ${textAt(row, "same_as")}`;
}

/** `narrowgate policy list` */
export const policyList: CommandSpec = {
  path: ["policy", "list"],
  summary: "list the versions of the policies, in the order in which they came into force",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate policy list", "the last one is in force"]],
  async run(call) {
    const admin = await openAdmin(call);
    const answer = await admin.read("/policies");
    const operators = objectsAt(await admin.read("/operators"), "operators");
    const names = new Map(operators.map((one) => [textAt(one, "ref"), textAt(one, "name")]));
    const rows = objectsAt(answer, "versions").map((row) => {
      const operator = textAt(row, "operator");
      return [
        textAt(row, "version"),
        formatTime(row.at_ms),
        causeOf(row),
        // One who was removed has no name any more; the gate itself states policies anew when a store is recovered.
        cleanText(operator === "" ? "the gate" : (names.get(operator) ?? operator), 64),
        textAt(row, "digest"),
      ];
    });
    return { json: answer, lines: formatTable(["VERSION", "SINCE", "CAUSE", "OPERATOR", "DIGEST"], rows) };
  },
};

async function diff(call: Call): Promise<Outcome> {
  const admin = await openAdmin(call);
  const engine = createNodeEngine();
  const [from, to] = [call.argument(0), call.argument(1)];
  const before = await fetchBundle(admin, versionOf(from));
  const after = /^\d+$/.test(to)
    ? await fetchBundle(admin, versionOf(to))
    : { files: (await readCandidate(call.directory, to)).files, schema: (await fetchBundle(admin)).schema };
  const differences = diffPolicies(compileOrRefuse(engine, before), compileOrRefuse(engine, after));
  return {
    json: differencesJson(differences),
    lines: differenceLines(differences).map((line) => cleanText(line)),
  };
}

/** `narrowgate policy diff` */
export const policyDiff: CommandSpec = {
  path: ["policy", "diff"],
  summary: "show which policies differ, by id, between two versions or a version and files",
  arguments: [
    { name: "FROM", help: "a version of `policy list`; 0 is the newest" },
    { name: "TO", help: "another version, or a registry file, a folder or a Cedar file" },
  ],
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate policy diff 0 policies", "what publishing this folder would change"]],
  run: diff,
};

/** `narrowgate policy publish` */
export const policyPublish: CommandSpec = {
  path: ["policy", "publish"],
  summary: "put policies in force and leave agents, servers and issuers as they are",
  details: ["Shows the plan and asks. The tests beside the policies must pass."],
  arguments: [{ name: "FILE", help: "a registry file (its policies), a folder, or a Cedar file" }],
  options: [
    ...CONFIRMING,
    { name: "remove-policies", help: "let policies in force end that are not in these files" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [["narrowgate policy publish policies", "show the plan, ask, publish"]],
  async run(call) {
    const candidate = await readCandidate(call.directory, call.argument(0));
    const admin = await openAdmin(call);
    return published(await publishFiles(call, admin, candidate, call.flag("remove-policies")));
  },
};

/** `narrowgate policy rollback` */
export const policyRollback: CommandSpec = {
  path: ["policy", "rollback"],
  summary: "put an earlier version of the policies in force again, as a new version",
  details: ["Nothing is taken out of the log. The files are compiled against the registry as it is now."],
  arguments: [{ name: "VERSION", help: "a number of `policy list`" }],
  options: [...CONFIRMING, ...INSTANCE_OPTIONS],
  examples: [["narrowgate policy rollback 3", "version 3 is in force again, as the newest"]],
  async run(call) {
    const admin = await openAdmin(call);
    const { files } = await fetchBundle(admin, versionOf(call.argument(0)));
    return published(await publishFiles(call, admin, { files, tests: [] }, true));
  },
};
