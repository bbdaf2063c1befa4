import type { MetricName } from "./catalogue.ts";
import type { Labels, Metrics } from "./instruments.ts";

const OPERATIONS = ["tool", "prompt", "resource", "list", "other"];
/** Codes of refusals that somebody is woken for. */
const GATE_CODES = ["bearer_refused", "internal_error", "invalid_dpop_proof", "replayed"];
const TOKEN_CODES = ["actor_unauthorized", "chain_invalid", "chain_too_deep", "replayed"];
const REPORTS = ["clock", "failure", "fault", "flood", "house-keeping"];
const STORE = ["commit", "entries", "get", "head", "scan", "sealed", "tile", "tree"];
const STATUSES = ["ok", "tool_error", "upstream_error", "timeout", "cancelled", "unknown"];
const DROPPED = ["dropped_full", "dropped_refused", "dropped_unreachable"];

/**
 * Makes the series that alerts watch, at 0: of one that only appears with its first event Prometheus sees no increase,
 * and what happens once would wake nobody.
 */
export function seedSeries(metrics: Metrics): void {
  const seed = (name: MetricName, each: readonly Labels[]): void => {
    for (const labels of each) metrics.count(name, labels, 0);
  };
  const over = (label: string, values: readonly string[]): readonly Labels[] =>
    values.map((value) => ({ [label]: value }));
  for (const operation of OPERATIONS)
    seed(
      "narrowgate_requests_total",
      ["ok", ...GATE_CODES].map((code) => ({ operation, code })),
    );
  seed("narrowgate_token_requests_total", over("code", ["ok", ...TOKEN_CODES]));
  seed("narrowgate_decisions_total", [
    { action: "call", verdict: "permit", code: "ok" },
    ...["policy_denied", "tool_changed"].map((code) => ({ action: "call", verdict: "refuse", code })),
  ]);
  seed("narrowgate_outcomes_total", over("status", STATUSES));
  seed("narrowgate_reports_total", over("kind", REPORTS));
  seed("narrowgate_store_errors_total", over("operation", STORE));
  seed("narrowgate_trace_spans_total", over("result", ["exported", ...DROPPED]));
}
