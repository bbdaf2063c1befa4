// LONG: one row per metric; a table is read row by row.

/** Names, in the order of the endpoint. */
export const METRIC_NAMES = [
  "narrowgate_build_info",
  "process_start_time_seconds",
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "narrowgate_event_loop_delay_seconds",
  "narrowgate_tokens_minted_total",
  "narrowgate_token_requests_total",
  "narrowgate_token_request_seconds",
  "narrowgate_decisions_total",
  "narrowgate_agent_decisions_total",
  "narrowgate_requests_total",
  "narrowgate_outcomes_total",
  "narrowgate_request_seconds",
  "narrowgate_request_overhead_seconds",
  "narrowgate_step_seconds",
  "narrowgate_last_permit_timestamp_seconds",
  "narrowgate_leaves_total",
  "narrowgate_append_seconds",
  "narrowgate_append_failures_total",
  "narrowgate_append_queue_leaves",
  "narrowgate_log_size",
  "narrowgate_log_published_size",
  "narrowgate_log_head_age_seconds",
  "narrowgate_log_witnessed_size",
  "narrowgate_witnesses",
  "narrowgate_witness_behind",
  "narrowgate_witness_age_seconds",
  "narrowgate_witness_refused",
  "narrowgate_revocations_total",
  "narrowgate_revocation_seconds",
  "narrowgate_revocation_feed_position",
  "narrowgate_revocation_feed_durable_position",
  "narrowgate_revocation_feed_stale_seconds",
  "narrowgate_live_streams",
  "narrowgate_approvals_waiting",
  "narrowgate_approval_oldest_seconds",
  "narrowgate_approvals_total",
  "narrowgate_mandates_open",
  "narrowgate_agents",
  "narrowgate_servers",
  "narrowgate_releases",
  "narrowgate_release_drifted",
  "narrowgate_release_tools_left",
  "narrowgate_store_errors_total",
  "narrowgate_store_seconds",
  "narrowgate_disk_free_bytes",
  "narrowgate_disk_size_bytes",
  "narrowgate_reports_total",
  "narrowgate_telemetry_faults_total",
  "narrowgate_trace_spans_total",
  "narrowgate_trace_queue_spans",
] as const;

/** Name of a metric. */
export type MetricName = (typeof METRIC_NAMES)[number];

/** What a metric is. */
export type MetricKind = "counter" | "gauge" | "histogram" | "summary";

/** One metric: the row that the endpoint, the alert rules' test and the page of metrics are held to. */
export interface MetricRow {
  readonly kind: MetricKind;
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds, ascending; of a histogram. */
  readonly buckets?: readonly number[];
}

/** Seconds: from a tenth of a millisecond to ten seconds. */
const SHORT = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Seconds: calls that go out. */
const LONG = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

function counter(help: string, ...labels: readonly string[]): MetricRow {
  return { kind: "counter", help, labels };
}

function gauge(help: string, ...labels: readonly string[]): MetricRow {
  return { kind: "gauge", help, labels };
}

function histogram(help: string, buckets: readonly number[], ...labels: readonly string[]): MetricRow {
  return { kind: "histogram", help, labels, buckets };
}

/** Every metric there is, in the order of the endpoint. */
export const METRICS: Readonly<Record<MetricName, MetricRow>> = {
  narrowgate_build_info: gauge("What runs; always 1.", "version", "build", "environment"),
  process_start_time_seconds: gauge("Unix time at which the process started."),
  process_cpu_seconds_total: counter("Processor time used."),
  process_resident_memory_bytes: gauge("Memory in use."),
  narrowgate_event_loop_delay_seconds: {
    kind: "summary",
    labels: ["quantile"],
    help: "How late the event loop was, over the last fifteen to thirty seconds.",
  },

  narrowgate_tokens_minted_total: counter("Tokens on record, by how they came to be.", "mode"),
  narrowgate_token_requests_total: counter("Requests at the token endpoint, `ok` or the error code.", "code"),
  narrowgate_token_request_seconds: histogram("Time to answer a token request.", SHORT, "result"),
  narrowgate_decisions_total: counter(
    "Decisions on record; `code` is `ok` for a permit.",
    "action",
    "verdict",
    "code",
  ),
  narrowgate_agent_decisions_total: counter("Decisions on record by registered agent.", "agent", "verdict"),
  narrowgate_requests_total: counter(
    "Requests at the gate, `ok` or the error code; also those that leave no leaf.",
    "operation",
    "code",
  ),
  narrowgate_outcomes_total: counter("Calls that ended, by how.", "status"),
  narrowgate_request_seconds: histogram(
    "Time of a request at the gate, upstream included.",
    LONG,
    "operation",
  ),
  narrowgate_request_overhead_seconds: histogram(
    "The same without the time spent waiting for the upstream.",
    SHORT,
    "operation",
  ),
  narrowgate_step_seconds: histogram("Time of one step of a request at the gate.", SHORT, "step"),
  narrowgate_last_permit_timestamp_seconds: gauge("Unix time of the newest permit on record."),

  narrowgate_leaves_total: counter("Leaves that became durable, by type.", "type"),
  narrowgate_append_seconds: histogram("Time from queued to durable, by group.", SHORT),
  narrowgate_append_failures_total: counter("Groups that did not become durable."),
  narrowgate_append_queue_leaves: gauge("Leaves that wait for the disk."),
  narrowgate_log_size: gauge("Leaves in the log that are durable."),
  narrowgate_log_published_size: gauge("Leaves under the newest published head; the anchor knows it."),
  narrowgate_log_head_age_seconds: gauge("Age of the newest published head while the log is larger; else 0."),
  narrowgate_log_witnessed_size: gauge("Leaves under the newest head that a witness cosigned."),
  narrowgate_witnesses: gauge("Witnesses that are asked."),
  narrowgate_witness_behind: gauge("Leaves that a witness has not cosigned.", "witness"),
  narrowgate_witness_age_seconds: gauge(
    "Time since a witness cosigned last, or since the start when it has not.",
    "witness",
  ),
  narrowgate_witness_refused: gauge("1 while the last answer of a witness was a refusal.", "witness"),

  narrowgate_revocations_total: counter("Revocations that became durable, by what was revoked.", "kind"),
  narrowgate_revocation_seconds: histogram(
    "Time from queued to durable and anchored, of a revocation.",
    SHORT,
  ),
  narrowgate_revocation_feed_position: gauge("Number of the newest revocation in force here."),
  narrowgate_revocation_feed_durable_position: gauge("Number of the newest revocation that is durable."),
  narrowgate_revocation_feed_stale_seconds: gauge(
    "How long a revocation has been in force here without being durable; 0 when none is.",
  ),
  narrowgate_live_streams: gauge("Streams and calls in flight, which a revocation would end."),

  narrowgate_approvals_waiting: gauge("Requests that wait for a person."),
  narrowgate_approval_oldest_seconds: gauge("Age of the oldest of them."),
  narrowgate_approvals_total: counter("What became of requests for approval.", "action"),
  narrowgate_mandates_open: gauge("Mandates that are open."),
  narrowgate_agents: gauge("Registered agents, by state.", "state"),
  narrowgate_servers: gauge("Registered servers, by state.", "state"),
  narrowgate_releases: gauge("Releases, by state.", "state"),
  narrowgate_release_drifted: gauge(
    "1 while what runs of an agent differs from its active release, and it gets no token.",
    "agent",
  ),
  narrowgate_release_tools_left: gauge(
    "Tools of the active release that are not as they were signed.",
    "agent",
  ),

  narrowgate_store_errors_total: counter("Operations of the store that failed.", "operation"),
  narrowgate_store_seconds: histogram("Time of one commit of the store.", SHORT),
  narrowgate_disk_free_bytes: gauge("Free space where it lies.", "place"),
  narrowgate_disk_size_bytes: gauge("Size of the file system where it lies.", "place"),
  narrowgate_reports_total: counter("Lines of the operator's log, by kind.", "kind"),
  narrowgate_telemetry_faults_total: counter("Faults of metrics and traces themselves."),
  narrowgate_trace_spans_total: counter("Spans: sent, or dropped and why.", "result"),
  narrowgate_trace_queue_spans: gauge("Spans that wait to be sent."),
};
