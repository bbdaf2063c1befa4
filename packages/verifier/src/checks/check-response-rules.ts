import {
  BOTTOM_LABEL,
  type BoundedSchema,
  isAtMost,
  isBoundedAnswer,
  joinLabels,
  type Label,
  lookAtAnswer,
  openedMember,
  parseResponseRules,
  type ResponseRule,
  readBoundedSchema,
  responseRuleDigest,
  ruleLabel,
  rulesFor,
  TOP_LABEL,
} from "@narrowgate/contracts";
import { fromBase64url, type JsonObject, type JsonValue, parseStrictJson } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject } from "../json-object.ts";

type Outcome = Entry<"outcome">;
type LabelLeaf = Entry<"label">;

const ANSWER = { maxBytes: 16 * 1024 * 1024, maxKeys: 1_000_000 };

/** What was called, and how it ended. */
interface Ended {
  readonly outcome: Outcome;
  readonly call: {
    readonly kind: "tool" | "resource" | "prompt";
    readonly name: string;
    readonly server: string;
  };
  /** Undefined where its bytes are not here. */
  readonly answer: JsonValue | undefined;
  /** Label leaves that name this outcome. */
  readonly labels: readonly LabelLeaf[];
  /** What the transaction carries by leaves that stand before its next decision. */
  readonly carried: Label;
}

function answerOf({ openings }: Outcome): JsonValue | undefined {
  const bytes = openedMember(openings.content, "bytes");
  return typeof bytes === "string" ? parseStrictJson(fromBase64url(bytes), ANSWER) : undefined;
}

function callOf(request: JsonObject | undefined): Ended["call"] | undefined {
  const call = request?.call;
  if (!isJsonObject(call)) return undefined;
  const { kind, name, server } = call;
  const isKnown = kind === "tool" || kind === "resource" || kind === "prompt";
  return isKnown && typeof name === "string" && typeof server === "string"
    ? { kind, name, server }
    : undefined;
}

function carriedAfter(evidence: Evidence, { index }: Outcome): Label {
  const { txn } = evidence.bundle;
  const next = entriesOf(evidence, "decision").find(
    (entry) => entry.index > index && entry.leaf.txn?.id === txn,
  );
  const newest = entriesOf(evidence, "label").findLast(
    ({ index: at, leaf: { body } }) =>
      body.state === "transaction" && body.ref === txn && at < (next?.index ?? Number.POSITIVE_INFINITY),
  );
  return newest === undefined ? BOTTOM_LABEL : newest.leaf.body;
}

function namedFault(
  evidence: Evidence,
  { call, labels }: Ended,
  rules: readonly ResponseRule[],
): string | undefined {
  const known = rules.map((rule) => responseRuleDigest(evidence.crypto.sha256, call.server, rule));
  const isKnown = ({ leaf }: LabelLeaf): boolean =>
    leaf.body.rule === undefined || known.some((digest) => digest === leaf.body.rule);
  return labels.every(isKnown)
    ? undefined
    : "a label names a response rule that does not speak of the answer";
}

/** An answer that no transaction lived to see was shown to nobody, and needs no label. */
function wasWithheld(evidence: Evidence, { index }: Outcome): boolean {
  return evidence.entries.some(
    ({ leaf, index: at }) => at < index && (leaf.type === "closing" || leaf.type === "revocation"),
  );
}

/** What a registration says of the answers of its server. */
interface Registered {
  readonly rules: readonly ResponseRule[];
  /** What each sanitiser can answer, by the name of the tool. */
  readonly bounds: ReadonlyMap<string, BoundedSchema>;
}

function ruleFault(evidence: Evidence, ended: Ended, { rules: all, bounds }: Registered): string | undefined {
  const { answer, outcome, carried, call } = ended;
  const rules = rulesFor(all, call);
  if (answer === undefined) return namedFault(evidence, ended, rules);
  const bound = call.kind === "tool" ? bounds.get(call.name) : undefined;
  if (bound !== undefined && (!isJsonObject(answer) || !isBoundedAnswer(answer, bound))) {
    const isTold = isAtMost(TOP_LABEL, carried) || wasWithheld(evidence, outcome);
    return isTold
      ? namedFault(evidence, ended, [])
      : "no leaf says that the answer of a sanitiser is beyond its bound";
  }
  const looked = lookAtAnswer(answer, rules);
  const found = looked.kind === "seen" ? looked.found : [];
  const needed = looked.kind === "seen" ? joinLabels(...found.map(ruleLabel)) : TOP_LABEL;
  if (!isAtMost(needed, carried) && !wasWithheld(evidence, outcome))
    return "no leaf says what an answer holds by the rules of its server";
  return namedFault(evidence, ended, found);
}

function boundsOf(tools: JsonValue | undefined): Registered["bounds"] {
  const listed = Array.isArray(tools) ? tools.filter(isJsonObject) : [];
  return new Map(
    listed.flatMap(({ name, sanitisedOutput }) =>
      sanitisedOutput === undefined
        ? []
        : [[String(name), readBoundedSchema(sanitisedOutput, "/sanitisedOutput")] as const],
    ),
  );
}

/** The registrations that may have been in force: the newest, and the one before it. */
function registeredRules(evidence: Evidence, { index, leaf }: Outcome): readonly Registered[] {
  const dispatch = entriesOf(evidence, "dispatch").find(
    (entry) => entry.leaf.body.decision === leaf.body.decision,
  );
  const documents = entriesOf(evidence, "registry")
    .filter(({ leaf: { body }, index: at }) => body.ref === dispatch?.leaf.body.server && at < index)
    .slice(-2)
    .map(({ openings }) => openedMember(openings.content, "document"));
  return documents
    .filter(isJsonObject)
    .map(({ responseRules, tools }) => ({
      rules: responseRules === undefined ? [] : parseResponseRules(responseRules, "/responseRules"),
      bounds: boundsOf(tools),
    }))
    .reverse();
}

/**
 * Looks at each opened answer again with the response rules of its server.
 * @param requests - rebuilt requests by decision leaf id
 * @see docs/spec/evidence.md E-29
 */
export function checkResponseRules(
  evidence: Evidence,
  findings: Findings,
  requests: ReadonlyMap<string, JsonObject>,
): void {
  for (const outcome of entriesOf(evidence, "outcome")) {
    const { id, txn, body } = outcome.leaf;
    const call = callOf(requests.get(body.decision));
    if (txn?.id !== evidence.bundle.txn || call === undefined) continue;
    findings.attempt("E-29", id, () => {
      const [rules, ...earlier] = registeredRules(evidence, outcome);
      if (rules === undefined) return;
      const labels = entriesOf(evidence, "label").filter(({ leaf }) => leaf.body.because === id);
      const ended = {
        outcome,
        call,
        answer: answerOf(outcome),
        labels,
        carried: carriedAfter(evidence, outcome),
      };
      const fault = ruleFault(evidence, ended, rules);
      const isOlder = earlier.some((older) => ruleFault(evidence, ended, older) === undefined);
      if (fault !== undefined && !isOlder) findings.fail("E-29", fault, id);
    });
  }
}
