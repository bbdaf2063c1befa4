import { ERROR_CATALOGUE, type LeafDraft } from "@narrowgate/contracts";
import type { CallVerdict, GatewayDeps } from "../ports.ts";
import { type Refusal, refuse, sentenceOf } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import type { Exchange, Known } from "../stages.ts";
import { decisionDraft } from "./decision-draft.ts";

/** A refusal and the leaf that keeps it. */
export interface RecordedRefusal {
  readonly refusal: Refusal;
  readonly entry?: string;
  readonly policies?: readonly string[];
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

/**
 * Records a leaf that nothing waits for. A transaction that was closed takes no more decisions (evidence rule E-13), so
 * what is refused afterwards is kept outside it.
 */
function keep(deps: GatewayDeps, draft: LeafDraft): string | undefined {
  const { txn: _closed, ...outside } = draft;
  for (const candidate of [draft, outside]) {
    try {
      const { leaves, durable } = deps.evidence.record([candidate]);
      durable.catch((cause: unknown) => deps.reports.report({ kind: "failure", detail: lost, cause }));
      return leaves[0]?.id;
    } catch (cause) {
      if (candidate === outside) deps.reports.report({ kind: "failure", detail: lost, cause });
    }
  }
  return undefined;
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
  const draft = decisionDraft(deps, exchange, known.caller, { action, verdict, ...change });
  const entry = keep(deps, draft);
  return { refusal, policies: verdict.policies, ...(entry === undefined ? {} : { entry }) };
}
