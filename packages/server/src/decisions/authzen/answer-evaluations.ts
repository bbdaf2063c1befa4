import type { LeafDraft, RecordedLeaf } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import type { TokenBuckets } from "../../platform/http/token-buckets.ts";
import { decideEvaluation, type Verdict } from "./decide-evaluation.ts";
import type { AuthzenCaller, AuthzenPorts } from "./ports.ts";
import type { Evaluation, EvaluationList, Semantic } from "./read-evaluation.ts";
import { type Address, evaluationDraft } from "./record-evaluation.ts";

/** What the caller asked, once read. */
export interface Asked {
  readonly question: Evaluation | EvaluationList;
  /** The exact body. */
  readonly body: Uint8Array;
  readonly address: Address;
}

function listOf(question: Asked["question"]): EvaluationList {
  return "items" in question ? question : { items: [question], semantic: "execute_all" };
}

function isLast({ code }: Verdict, semantic: Semantic): boolean {
  if (semantic === "deny_on_first_deny") return code !== undefined;
  return semantic === "permit_on_first_permit" && code === undefined;
}

function answerOf(
  { code, reason, policies, requires, obligations }: Verdict,
  leaf: RecordedLeaf | undefined,
): JsonObject {
  const entry = leaf === undefined ? {} : { evaluation_id: leaf.id };
  if (code === undefined) {
    const demands = obligations === undefined ? {} : { obligations: { ...obligations } };
    return { decision: true, context: { ...entry, ...demands } };
  }
  const lifted = requires === undefined ? {} : { requires };
  return { decision: false, context: { code, reason, policies, ...entry, ...lifted } };
}

/** Takes one token for each question; several cost what they cost one by one. */
function takeShare(buckets: TokenBuckets, name: string, count: number, nowMs: number): void {
  for (let i = 0; i < count; i++) {
    if (!buckets.take(name, nowMs))
      throw new NarrowgateError("too_many_requests", "too many evaluations; wait a second");
  }
}

type InForce = ReturnType<AuthzenPorts["policies"]>;

/** One decided question, and its leaf. */
interface Decided {
  readonly verdict: Verdict;
  readonly draft: LeafDraft;
}

function decideAll(
  caller: AuthzenCaller,
  asked: Asked,
  ports: AuthzenPorts,
  inForce: InForce,
): readonly Decided[] {
  const { question, body, address } = asked;
  const { profile } = inForce;
  if (profile === undefined) throw new NarrowgateError("not_found", "nothing is decided for others here");
  const { items, semantic } = listOf(question);
  const nowMs = ports.clock.nowMs();
  const { use: _taken, ...again } = caller;
  const decided: Decided[] = [];
  for (const item of items) {
    const isFirst = decided.length === 0;
    // The body stands in one leaf of the group alone, and what it signs is said to be signed there alone.
    const isSigned = caller.bodySigned && isFirst;
    const verdict = decideEvaluation(item, inForce, { profile, caller: caller.agent.id, isSigned, nowMs });
    const text = isSigned ? Buffer.from(body).toString("utf8") : undefined;
    const draft = evaluationDraft({ ports, caller: isFirst ? caller : again, address }, verdict, text);
    decided.push({ verdict, draft });
    if (isLast(verdict, semantic)) break;
  }
  return decided;
}

/** A question that stands alone and cannot be read is the request's own fault. */
function refuseUnread(decided: readonly Decided[], { question }: Asked): void {
  const [only] = decided;
  if (!("items" in question) && only?.verdict.code === "malformed_input")
    throw new NarrowgateError("malformed_input", only.verdict.reason);
}

/**
 * Decides what was asked, puts each decision on record, and answers once that is durable.
 * ORDER: in one turn from the last look at who asks to the record, so that no revocation lies between the two.
 * @throws NarrowgateError `malformed_input`, `too_many_requests`, `evidence_unavailable`, or the code of what has ended
 */
export async function answerEvaluations(
  caller: AuthzenCaller,
  asked: Asked,
  ports: AuthzenPorts,
  buckets: TokenBuckets,
): Promise<JsonObject> {
  const { items } = listOf(asked.question);
  takeShare(buckets, caller.claims.cnf.jkt, items.length, ports.clock.nowMs());
  const ended = caller.ended();
  if (ended !== undefined) throw new NarrowgateError(ended, "what allowed you to ask has ended");
  const decided = decideAll(caller, asked, ports, ports.policies(caller.claims.ng.release));
  refuseUnread(decided, asked);
  const { leaves, durable } = ports.evidence.record(decided.map(({ draft }) => draft));
  await durable;
  const answers = decided.map(({ verdict }, i) => answerOf(verdict, leaves[i]));
  const [only] = answers;
  return "items" in asked.question || only === undefined ? { evaluations: answers } : only;
}
