import { canonicalJson, type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies, type PolicyBundle } from "@narrowgate/policy";
import { type Explanation, explainDenial } from "@narrowgate/policy/analysis";
import { createNodeEngine } from "@narrowgate/policy/node";
import {
  decisionRequestOf,
  type OverlayById,
  overlaysAgainst,
  overlaysOver,
  type RecordedDecision,
  readRecordedTransaction,
} from "@narrowgate/verifier";
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

/** Policies of a decision, and what stood over them. */
interface MadeUnder {
  readonly policies: CompiledPolicies;
  readonly overlayOf: OverlayById;
}

type Over = ReturnType<typeof overlaysOver>;

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

function overLines({ forbidding, unasked }: Over): readonly string[] {
  return [
    ...forbidding.flatMap(({ overlay, policies, reason }) => [
      `  forbidden over all policies by overlay ${overlay}: ${reason}`,
      ...policies.map((id) => `    forbid ${id}`),
    ]),
    ...unasked.map((overlay) => `  made under overlay ${overlay}, whose text is not in hand`),
    ...(forbidding.length === 0 ? [] : ["  no change lifts that; without it:"]),
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

/** Compiles the policies a decision was made under, once for all that were made under them, and what stood over them. */
function compiler(
  madeUnder: ReadonlyMap<string, PolicyBundle>,
  overlays: ReadonlyMap<string, string>,
): (decision: string) => MadeUnder {
  const engine = createNodeEngine();
  const known = new Map<PolicyBundle, MadeUnder>();
  return (decision) => {
    const bundle = madeUnder.get(decision);
    if (bundle === undefined)
      throw new NarrowgateError("not_found", "the policies of this decision are not disclosed");
    const compiled = known.get(bundle);
    if (compiled !== undefined) return compiled;
    const outcome = compilePolicies(engine, bundle);
    if (outcome.kind === "rejected")
      throw new NarrowgateError("policy_invalid", "the recorded policies do not compile with this version");
    const overlayOf = overlaysAgainst(engine, bundle, (id) => overlays.get(id));
    const made = { policies: outcome.policies, overlayOf };
    known.set(bundle, made);
    return made;
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
  const madeUnder = compiler(recorded.madeUnder, recorded.overlays);
  const explained = chosen(recorded.decisions, call.text("entry")).map((decision) => {
    const { policies, overlayOf } = madeUnder(decision.id);
    return {
      decision,
      over: overlaysOver(decision, overlayOf),
      explanation: explainDenial(policies, decisionRequestOf(decision.inputs)),
    };
  });
  const lines = explained.flatMap(({ decision, explanation, over }) => [
    `${decision.id}: ${decision.code ?? decision.verdict}`,
    ...(decision.code !== undefined && !BY_POLICY.has(decision.code)
      ? ["  refused on other grounds than policy; of it policy says:"]
      : []),
    ...overLines(over),
    ...explanationLines(explanation),
  ]);
  const json = explained.map(
    ({ decision, explanation, over: { forbidding } }): JsonObject => ({
      decision: decision.id,
      code: decision.code ?? null,
      ...(forbidding.length === 0
        ? {}
        : { overlays: forbidding.map((one) => ({ ...one, policies: [...one.policies] })) }),
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
