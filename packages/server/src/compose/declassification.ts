import {
  type Declassification,
  isAtMost,
  joinLabels,
  type Label,
  type Leaf,
  parseLeafBytes,
} from "@narrowgate/contracts";
import { NarrowgateError, toSha256Text } from "@narrowgate/kernel";
import type { AdminPorts } from "../admin/ports.ts";
import type { Approvals, Declassifiable } from "../approvals/index.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { type OpenedEntry, transactionEntries } from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { recordReading } from "../evidence/record-reading.ts";
import { type Flow, type ReadAnswer, readAnswer, saysMoreWasRead } from "../flow/index.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { auditorOf } from "./auditor-of.ts";
import type { Instance } from "./instance.ts";
import { rangeOf } from "./range-of.ts";

/** Leaves that are looked at for one request, of the task and of the agent since: beyond it nothing falls. */
const MAX_LEAVES = 5000;

/** Leaves of an agent after `index`, in whatever transaction; undefined when they are too many. */
async function leavesSince(
  { store }: Evidence,
  agent: string,
  index: number,
): Promise<readonly { readonly index: number; readonly leaf: Leaf }[] | undefined> {
  const found: { index: number; leaf: Leaf }[] = [];
  let at: number | null = (await store.head("agent", agent))?.index ?? null;
  while (at !== null && at > index) {
    if (found.length === MAX_LEAVES) return undefined;
    const [row] = await store.entries(at, 1);
    if (row === undefined) return undefined;
    found.push({ index: at, leaf: parseLeafBytes(row.leaf) });
    at = row.agentPrevious;
  }
  return found;
}

/** The answer as the log has it, and whether nothing else was read since. All that was recorded is looked at. */
async function inLog(
  evidence: Evidence,
  { txn, outcome }: Pick<Declassification, "txn" | "outcome">,
): Promise<{
  readonly answer: ReadAnswer;
  readonly isLast: boolean;
  readonly entries: readonly OpenedEntry[];
}> {
  await evidence.flush();
  const { store, custody } = evidence;
  if (((await store.head("txn", txn))?.seq ?? 0) > MAX_LEAVES)
    throw new NarrowgateError("conflict", "the task is too long for its answers to be told apart");
  const entries = await transactionEntries(store, new OpeningReader(store, custody.keyEncryption), txn);
  const answer = readAnswer(entries, outcome);
  const since = await leavesSince(evidence, answer.agentRef, answer.index);
  const isLast =
    since !== undefined && ![...entries, ...since].some((entry) => saysMoreWasRead(answer, entry));
  return { answer, isLast, entries };
}

/**
 * Looks again whether an answer may be given free, and gives what lowers the labels in the turn of the last signature.
 * ORDER: the mark is taken before the log is looked at, so that what is permitted meanwhile is seen by it or in it.
 */
export function declassifiableIn(
  evidence: Evidence,
  flow: Flow,
): (asked: Declassification) => Promise<Declassifiable | undefined> {
  return async (asked) => {
    const { txn, instance, from, to } = asked;
    const mark = flow.mark({ txn, instance });
    const { answer, isLast } = await inLog(evidence, asked);
    const isSame = toSha256Text(nodeSha256(answer.bytes)) === asked.bytes && answer.instance === instance;
    if (!isLast || !isSame || !isAtMost(answer.before, to)) return undefined;
    const task = { txn, instance, agent: answer.agentRef };
    return {
      lower: (because) => (flow.mark(task) === mark ? flow.lower(task, { from, to }, because) : undefined),
    };
  };
}

function checkTarget(answer: ReadAnswer, from: Label, to: Label): void {
  if (!isAtMost(answer.before, to))
    throw new NarrowgateError(
      "conflict",
      `before this answer the task carried ${answer.before.class}${answer.before.untrusted ? ", untrusted content" : ""} already; it cannot fall below that`,
    );
  if (!isAtMost(to, from) || isAtMost(from, to))
    throw new NarrowgateError("conflict", "this is not below what the task carries now");
}

function carriedNow(
  { flow, attestation, mandates }: Instance,
  { mandate, instance, txn }: ReadAnswer,
): Label {
  const opened = mandates.mandate(mandate);
  if (opened?.state !== "open") throw new NarrowgateError("conflict", "the task has ended");
  const { entry } = opened;
  const instanceEntry = attestation.entryOf(instance) ?? entry;
  const now = flow.snapshot({ txn, mandateEntry: entry, instance, instanceEntry });
  return joinLabels(now.transaction.label, now.instance.label);
}

/** Who may not sign, by every name we know: who is served, who answers for the agent, and the operator who asks. */
function barredNames(instance: Instance, answer: ReadAnswer, operator: string): readonly string[] {
  const agent = instance.registry.agent(answer.agent);
  const asking = instance.operators.list().find(({ ref }) => ref === operator);
  const served = instance.mandates.mandate(answer.mandate)?.document.subject;
  const names = [answer.subject, served, answer.agent, agent?.owner, agent?.deputy, asking?.name];
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

type Ask = AdminPorts["declassify"];

async function ask(
  instance: Instance,
  approvals: Approvals,
  [wanted, signer]: Parameters<Ask>,
): ReturnType<Ask> {
  const { evidence, containment, mandates } = instance;
  const { answer, isLast, entries } = await inLog(evidence, wanted);
  // ORDER: the reading is durable before anybody is shown what was read (evidence.md E-2).
  await recordReading(evidence, rangeOf(entries.map(({ index }) => index)), auditorOf(signer));
  const from = carriedNow(instance, answer);
  const { to, reason } = wanted;
  if (!isLast)
    throw new NarrowgateError(
      "conflict",
      "more was read after this answer, or may have been; only the last can be taken back",
    );
  checkTarget(answer, from, to);
  const { txn, outcome, mandate, subject, agent, server, kind, name, policy, decision, agentRef } = answer;
  const what = { txn, outcome, mandate, subject, agent, instance: answer.instance, server, kind, name };
  const rests = [`agent:${agentRef}`, `instance:${answer.instance}`, `mandate:${mandate}`, "all:all"];
  return approvals.askDeclassification({
    asked: {
      v: 1,
      ...what,
      bytes: toSha256Text(nodeSha256(answer.bytes)),
      answer: answer.answer,
      from,
      to,
      reason,
      operator: signer.operator,
    },
    decision,
    policy,
    agentRef,
    barred: barredNames(instance, answer, signer.operator),
    rests: rests.map((kindRef) => [kindRef, containment.current(kindRef)] as const),
    expiresMs: (mandates.mandate(mandate)?.document.expires ?? 0) * 1000,
  });
}

/** Puts an answer before people for an operator. */
export function askToDeclassify(instance: Instance): Ask {
  return (...asked) => {
    if (instance.approvals === undefined)
      throw new NarrowgateError("conflict", "this gate has no place where people approve");
    return ask(instance, instance.approvals, asked);
  };
}
