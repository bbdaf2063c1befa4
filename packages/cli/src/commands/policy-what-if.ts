import { errorRow } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { compilePolicies, type PolicyBundle } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import {
  CandidateJudge,
  type DecisionChange,
  overlaysAgainst,
  type RecordedDecision,
  readRecordedTransaction,
} from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { openAdmin } from "../admin/admin-client.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { readBundle } from "../evidence/read-bundle.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { problemJson, problemLine } from "../policies/compile-files.ts";
import { changeLines, changesJson } from "../policies/format-changes.ts";
import { readCandidate } from "../policies/read-candidate.ts";
import { readSince } from "../policies/read-since.ts";
import { decisionsSince, fetchBundle, fetchOverlays, readBundles } from "../policies/recorded.ts";
import { withProgress } from "../terminal/progress.ts";

/** Where decisions come from, and the schema they were made under. */
interface History {
  readonly schema: string;
  readonly pages: AsyncIterable<readonly RecordedDecision[]> | Iterable<readonly RecordedDecision[]>;
  /** Texts of overlays, by the id of the leaf. */
  readonly overlays: ReadonlyMap<string, string>;
}

function ofTransactions(transactions: Awaited<ReturnType<typeof readBundles>>): History {
  const schema = transactions.findLast(({ policies }) => policies !== undefined)?.policies?.schema;
  if (schema === undefined)
    throw new NarrowgateError(
      "not_found",
      "no policies are disclosed in these bundles, so their schema is not known",
    );
  const overlays = new Map(transactions.flatMap((one) => [...one.overlays]));
  return { schema, pages: transactions.map(({ decisions }) => decisions), overlays };
}

async function historyOf(call: Call): Promise<History> {
  const files = call.list("bundle");
  if (files.length > 0) return ofTransactions(await readBundles(call.directory, files));
  const txn = call.text("txn");
  if (txn !== undefined)
    return ofTransactions([readRecordedTransaction(nodeCrypto().sha256, await readBundle(call, txn))]);
  const admin = await openAdmin(call);
  const { schema } = await fetchBundle(admin);
  const pages = decisionsSince(admin, readSince(call.text("since") ?? "30d", Date.now()));
  return { schema, pages, overlays: await fetchOverlays(admin) };
}

async function judgeAll(candidate: CandidateJudge, { pages }: History): Promise<readonly DecisionChange[]> {
  const changes: DecisionChange[] = [];
  for await (const page of pages)
    for (const decision of page) {
      const change = candidate.judge(decision);
      if (change !== undefined) changes.push(change);
    }
  return changes;
}

async function run(call: Call): Promise<Outcome> {
  const { files } = await readCandidate(call.directory, call.argument(0));
  const history = await historyOf(call);
  const bundle: PolicyBundle = { files, schema: history.schema };
  const engine = createNodeEngine();
  const compiled = compilePolicies(engine, bundle);
  if (compiled.kind === "rejected")
    return {
      json: { state: "rejected", problems: compiled.problems.map(problemJson) },
      lines: compiled.problems.map(problemLine),
      exit: errorRow("policy_invalid").exit,
    };
  const overlayOf = overlaysAgainst(engine, bundle, (id) => history.overlays.get(id));
  const candidate = new CandidateJudge(compiled.policies, overlayOf);
  const changes = await withProgress(call.terminal, "deciding again", judgeAll(candidate, history));
  const { counts, forbidden } = candidate;
  return {
    json: { state: "judged", digest: compiled.policies.digest, ...changesJson(changes, counts, forbidden) },
    lines: changeLines(changes, counts, forbidden),
  };
}

/** `narrowgate policy what-if` */
export const policyWhatIf: CommandSpec = {
  path: ["policy", "what-if"],
  summary: "decide recorded history again under other policies, and list what would change",
  details: [
    "FILE is a registry file, a folder of Cedar files, or one of them. Identical inputs are decided once.",
    "What an overlay forbade then stays forbidden, and is said; of an instance, overlays that were lifted are not in hand.",
    "Decisions are read from the instance, which records the reading, or offline from exported bundles.",
  ],
  arguments: [{ name: "FILE", help: "the policies to try" }],
  options: [
    { name: "since", value: "WHEN", help: "30d, 12h, or a date as 2027-03-01; 30d when absent" },
    { name: "txn", value: "ID", help: "this transaction alone" },
    { name: "bundle", value: "FILE", repeats: true, help: "an exported bundle; may be given more than once" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate policy what-if policies --since 30d", "the transactions of a month that would change"],
    ["narrowgate policy what-if policies --bundle proof.json", "offline, over exported bundles"],
  ],
  run,
};
