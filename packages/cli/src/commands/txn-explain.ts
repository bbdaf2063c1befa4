import { canonicalJson, type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies, type PolicyBundle } from "@narrowgate/policy";
import { type Explanation, explainDenial } from "@narrowgate/policy/analysis";
import { createNodeEngine } from "@narrowgate/policy/node";
import { decisionRequestOf, type RecordedDecision, readRecordedTransaction } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { readBundle } from "../evidence/read-bundle.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { readBundles } from "../policies/recorded.ts";
import { cleanText } from "../terminal/clean-text.ts";

const BY_POLICY: ReadonlySet<string> = new Set([
  "policy_denied",
  "approval_required",
  "policy_context_invalid",
]);

function valueText(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value);
}

function changeLines({ attributes, withoutPolicy, bound }: Explanation): readonly string[] {
  const changes = attributes.map(
    ({ path, before, after }) => `    ${path}: ${valueText(after)} instead of ${valueText(before)}`,
  );
  return [
    changes.length + withoutPolicy.length === 0
      ? "  no single change would have allowed it"
      : "  any one of these would have allowed it:",
    ...changes,
    ...withoutPolicy.map((id) => `    without policy ${id}`),
    `  (${bound.tried} other value(s) decided on${bound.all ? "" : ", not all there are"})`,
    ...(bound.notDecided.length === 0
      ? []
      : [`  not decided: whether other values would at ${bound.notDecided.join(", ")}`]),
  ];
}

function explanationLines(explanation: Explanation): readonly string[] {
  const { decided, decision } = explanation;
  return [
    `  policy: ${decision.reason}`,
    ...decided.map(({ id, effect }) => `    ${effect} ${id}`),
    ...(decision.verdict === "allow" ? [] : changeLines(explanation)),
  ];
}

function chosen(all: readonly RecordedDecision[], entry: string | undefined): readonly RecordedDecision[] {
  const decisions = all.filter(({ id, verdict }) =>
    entry === undefined ? verdict === "refuse" : id === entry,
  );
  if (entry !== undefined && decisions.length === 0)
    throw new NarrowgateError("not_found", "the transaction has no such decision with its inputs disclosed");
  return decisions;
}

/** Compiles the policies a decision was made under, once for all that were made under them. */
function compiler(madeUnder: ReadonlyMap<string, PolicyBundle>): (decision: string) => CompiledPolicies {
  const engine = createNodeEngine();
  const known = new Map<PolicyBundle, CompiledPolicies>();
  return (decision) => {
    const bundle = madeUnder.get(decision);
    if (bundle === undefined)
      throw new NarrowgateError("not_found", "the policies of this decision are not disclosed");
    const compiled = known.get(bundle);
    if (compiled !== undefined) return compiled;
    const outcome = compilePolicies(engine, bundle);
    if (outcome.kind === "rejected")
      throw new NarrowgateError("policy_invalid", "the recorded policies do not compile with this version");
    known.set(bundle, outcome.policies);
    return outcome.policies;
  };
}

async function run(call: Call): Promise<Outcome> {
  const file = call.text("bundle");
  const [recorded] =
    file === undefined
      ? [readRecordedTransaction(nodeCrypto().sha256, await readBundle(call, call.argument(0)))]
      : await readBundles(call.directory, [file]);
  if (recorded?.policies === undefined)
    throw new NarrowgateError("not_found", "the policies of this transaction are not disclosed");
  const policiesOf = compiler(recorded.madeUnder);
  const explained = chosen(recorded.decisions, call.text("entry")).map((decision) => ({
    decision,
    explanation: explainDenial(policiesOf(decision.id), decisionRequestOf(decision.inputs)),
  }));
  const lines = explained.flatMap(({ decision, explanation }) => [
    `${decision.id}: ${decision.code ?? decision.verdict}`,
    ...(decision.code !== undefined && !BY_POLICY.has(decision.code)
      ? ["  refused on other grounds than policy; of it policy says:"]
      : []),
    ...explanationLines(explanation),
  ]);
  const json = explained.map(
    ({ decision, explanation }): JsonObject => ({
      decision: decision.id,
      code: decision.code ?? null,
      explanation: JSON.parse(canonicalJson(JSON.parse(JSON.stringify(explanation)))),
    }),
  );
  return {
    json: { txn: recorded.txn, explained: json },
    lines:
      lines.length === 0 ? ["nothing was refused in this transaction"] : lines.map((line) => cleanText(line)),
  };
}

/** `narrowgate txn explain` */
export const txnExplain: CommandSpec = {
  path: ["txn", "explain"],
  summary: "explain refusals: which policies decided, and every single change that would have allowed them",
  details: [
    "Found by deciding again from the recorded inputs, under the policies that were in force then: each attribute with the",
    "values those policies name, and without each policy. Where such values do not stand for all, that is said.",
  ],
  arguments: [
    { name: "ID", help: "id of the transaction; with --bundle it is not looked at", optional: true },
  ],
  options: [
    { name: "entry", value: "LEAF", help: "this decision alone, by the id of its leaf" },
    { name: "bundle", value: "FILE", help: "an exported bundle, instead of asking the instance" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate txn explain ID", "all refusals of the transaction"],
    ["narrowgate txn explain --bundle proof.json", "offline"],
  ],
  run,
};
