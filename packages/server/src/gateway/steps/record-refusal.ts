import { ERROR_CATALOGUE, type LeafDraft } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { askPeople } from "../approvals/ask-people.ts";
import type { CallVerdict, GatewayDeps, WaitingApproval } from "../ports.ts";
import { type Refusal, refuse, sentenceOf } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import type { Exchange, Known } from "../stages.ts";
import { decisionDraft } from "./decision-draft.ts";

/** A refusal and the leaf that keeps it. */
export interface RecordedRefusal {
  readonly refusal: Refusal;
  readonly entry?: string;
  readonly policies?: readonly string[];
  /** People were asked about it. */
  readonly waiting?: WaitingApproval;
  /** Resolves once that is certain; absent when nobody was asked. */
  readonly durable?: Promise<void>;
}

const lost = "a refusal could not be recorded";

/** A refusal that policy never saw: no inputs, no policies (evidence rule E-17). */
function beforePolicy(room: GatewayRoom, refusal: Refusal): CallVerdict {
  const facts = room.deps.decider.inForce();
  return {
    verdict: "refuse",
    code: refusal.code,
    policies: [],
    reason: sentenceOf(refusal),
    inputs: [],
    ...facts,
  };
}

/** What a refusal rests on: the verdict itself, and after a permit the inputs that made one, when all it lacked was a cap. */
function verdictOf(room: GatewayRoom, { verdict }: Known, refusal: Refusal): CallVerdict {
  const early = beforePolicy(room, refusal);
  if (verdict === undefined) return early;
  if (verdict.verdict === "refuse") return verdict;
  const { policy, procedure, inputs } = verdict;
  return refusal.code === "cap_spent" ? { ...early, policy, procedure, inputs } : early;
}

/** A recorded refusal: its leaf, and the people who were asked. */
type Kept = Pick<RecordedRefusal, "entry" | "waiting" | "durable">;

/** Records a refusal together with what was asked of people: both, or neither. */
function record(deps: GatewayDeps, draft: LeafDraft, waiting?: WaitingApproval): Kept {
  const { leaves, durable } = deps.evidence.record([draft, ...(waiting?.drafts ?? [])], waiting?.changes);
  waiting?.apply();
  durable.then(
    () => waiting?.announce(),
    (cause: unknown) => deps.reports.report({ kind: "failure", detail: lost, cause }),
  );
  const [leaf] = leaves;
  return {
    ...(leaf === undefined ? {} : { entry: leaf.id }),
    ...(waiting === undefined ? {} : { waiting, durable }),
  };
}

/**
 * Records a refusal that nothing waits for. A transaction that was closed takes no more decisions (evidence rule E-13), so
 * what is refused afterwards is kept outside it, and nobody is asked about it.
 */
function keep(deps: GatewayDeps, draft: LeafDraft, waiting?: WaitingApproval): Kept {
  try {
    return record(deps, draft, waiting);
  } catch {
    const { txn: _closed, ...outside } = draft;
    try {
      return record(deps, outside);
    } catch (cause) {
      deps.reports.report({ kind: "failure", detail: lost, cause });
      return {};
    }
  }
}

/**
 * Puts a refusal on record when it can be attributed to a token. It is not waited for: nothing takes effect.
 * A caller that has used up its share is turned away as overloaded, so that no recorded decision is ever dropped.
 */
export function recordRefusal(room: GatewayRoom, exchange: Exchange, refusal: Refusal): RecordedRefusal {
  const { deps } = room;
  const { known } = exchange;
  // Our own failure is on record as well, when it kept somebody from something.
  const isKept = ERROR_CATALOGUE[refusal.code].audited || refusal.code === "internal_error";
  if (known.caller === undefined || known.decided === "permitted" || !isKept) return { refusal };
  if (!room.refusals.take(known.caller.claims.cnf.jkt)) return { refusal: refuse("overloaded") };
  const verdict = verdictOf(room, known, refusal);
  const action = known.method?.endsWith("/list") === true ? "list" : "call";
  const isChanged = refusal.detail !== undefined && Object.keys(refusal.detail).length > 0;
  const change = isChanged && refusal.detail !== undefined ? { change: refusal.detail } : {};
  const id = randomId();
  const people = refusal.code === "approval_required" ? askPeople(room, known, id) : undefined;
  const draft = { ...decisionDraft(deps, exchange, known.caller, { action, verdict, ...change }), id };
  const { policies } = verdict;
  if (people?.kind === "not_asked")
    return { refusal: { ...refusal, sentence: people.sentence }, policies, ...keep(deps, draft) };
  return { refusal, policies, ...keep(deps, draft, people) };
}
