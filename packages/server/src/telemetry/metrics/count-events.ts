import type { LeafDraft } from "@narrowgate/contracts";
import type { SeenCall, SeenGroup, SeenMint, Watchers } from "../ports.ts";
import type { Metrics } from "./instruments.ts";

/** What an operation is, in the words of our own list: the method is the sender's. */
function kindOf({ operation, method }: SeenCall): string {
  if (operation !== undefined) return operation.kind;
  return method?.endsWith("/list") === true ? "list" : "other";
}

function countCall(metrics: Metrics, call: SeenCall): void {
  const operation = kindOf(call);
  const totalMs = call.endedMs - call.startedMs;
  let upstreamMs = 0;
  let beganMs = call.startedMs;
  for (const { step, endedMs } of call.steps) {
    const elapsedMs = endedMs - beganMs;
    metrics.observe("narrowgate_step_seconds", elapsedMs / 1000, { step });
    if (step === "forward") upstreamMs = elapsedMs;
    beganMs = endedMs;
  }
  metrics.count("narrowgate_requests_total", { operation, code: call.code ?? "ok" });
  metrics.observe("narrowgate_request_seconds", totalMs / 1000, { operation });
  metrics.observe("narrowgate_request_overhead_seconds", (totalMs - upstreamMs) / 1000, { operation });
}

function countMint(metrics: Metrics, { startedMs, endedMs, code = "ok" }: SeenMint): void {
  metrics.count("narrowgate_token_requests_total", { code });
  const result = code === "ok" ? "minted" : "refused";
  metrics.observe("narrowgate_token_request_seconds", (endedMs - startedMs) / 1000, { result });
}

function textOf({ body }: LeafDraft, member: string): string {
  const value = body[member];
  return typeof value === "string" ? value : "none";
}

/** What one kind of leaf counts as, beside being a leaf. */
type LeafCount = (metrics: Metrics, draft: LeafDraft, agentName: (ref: string) => string) => void;

const counts: Partial<Record<LeafDraft["type"], LeafCount>> = {
  token: (metrics, draft) => metrics.count("narrowgate_tokens_minted_total", { mode: textOf(draft, "mode") }),
  outcome: (metrics, draft) =>
    metrics.count("narrowgate_outcomes_total", { status: textOf(draft, "status") }),
  unknown: (metrics) => metrics.count("narrowgate_outcomes_total", { status: "unknown" }),
  revocation: (metrics, draft) =>
    metrics.count("narrowgate_revocations_total", { kind: textOf(draft, "kind") }),
  approval: (metrics, draft) =>
    metrics.count("narrowgate_approvals_total", { action: textOf(draft, "action") }),
  decision: (metrics, draft, agentName) => {
    const verdict = textOf(draft, "verdict");
    const code = verdict === "permit" ? "ok" : textOf(draft, "code");
    metrics.count("narrowgate_decisions_total", { action: textOf(draft, "action"), verdict, code });
    if (draft.agent !== undefined)
      metrics.count("narrowgate_agent_decisions_total", { agent: agentName(draft.agent), verdict });
    if (verdict === "permit") metrics.set("narrowgate_last_permit_timestamp_seconds", Date.now() / 1000);
  },
};

function countDurable(metrics: Metrics, group: SeenGroup, agentName: (ref: string) => string): void {
  const elapsedS = (performance.now() - group.queuedMs) / 1000;
  metrics.observe("narrowgate_append_seconds", elapsedS);
  for (const draft of group.drafts) {
    metrics.count("narrowgate_leaves_total", { type: draft.type });
    counts[draft.type]?.(metrics, draft, agentName);
  }
  if (group.drafts.some(({ type }) => type === "revocation"))
    metrics.observe("narrowgate_revocation_seconds", elapsedS);
}

/** Counts what happens. What stands in the log is counted once it is durable there. */
export interface EventCounter extends Watchers {
  /** Since when a revocation has been in force without being durable, by `performance.now()`. */
  oldestRevocationMs(): number | undefined;
}

/** @param agentName - registered name of an agent ref; `other` for one that is not registered */
export function countEvents(metrics: Metrics, agentName: (ref: string) => string): EventCounter {
  const revoking = new Set<SeenGroup>();
  return {
    call: (seen) => countCall(metrics, seen),
    mint: (seen) => countMint(metrics, seen),
    group(seen) {
      const revokes = seen.drafts.some(({ type }) => type === "revocation");
      if (revokes) revoking.add(seen);
      seen.durable.then(
        () => {
          revoking.delete(seen);
          countDurable(metrics, seen, agentName);
        },
        () => metrics.count("narrowgate_append_failures_total"),
      );
    },
    oldestRevocationMs() {
      const [oldest] = revoking;
      return oldest?.queuedMs;
    },
  };
}
