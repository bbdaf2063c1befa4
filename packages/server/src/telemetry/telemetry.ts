import type { Clock } from "@narrowgate/kernel";
import type { PlainAnswer, PlainRequest } from "../platform/fetch/get-json.ts";
import { countEvents } from "./metrics/count-events.ts";
import { createMetrics, type Metrics } from "./metrics/instruments.ts";
import { seedSeries } from "./metrics/seed-series.ts";
import type { Watchers } from "./ports.ts";
import { dispatchSpanId, spansOfCall, spansOfMint } from "./traces/call-spans.ts";
import { createExporter, type Exporter } from "./traces/exporter.ts";
import { createLeafSpans } from "./traces/leaf-spans.ts";
import type { Resource } from "./traces/otlp-json.ts";
import { type Span, traceIdOf } from "./traces/span.ts";

/** Where spans go, and how many of them. */
export interface TraceSetup {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly samplePercent: number;
  readonly resource: Resource;
  readonly send: (url: string, request: PlainRequest) => Promise<PlainAnswer>;
}

/** What telemetry is made of. */
export interface TelemetrySetup {
  readonly clock: Clock;
  /** Registered name of an agent by its ref. */
  readonly agentName: (ref: string) => string;
  /** The operator's log. */
  readonly report: (detail: string, cause?: unknown) => void;
  readonly traces?: TraceSetup;
}

/** What watches an instance. */
export interface Telemetry extends Watchers {
  readonly metrics: Metrics;
  /** What an upstream is told as `traceparent`. @param use - digest of the proof's use */
  traceparent(call: { readonly txn: string; readonly use: string }): string;
  /** Since when a revocation has been in force without being durable, by `performance.now()`. */
  oldestRevocationMs(): number | undefined;
  /** Spans that wait to be sent. */
  waitingSpans(): number;
  /** Sends what waits, once. */
  close(): Promise<void>;
}

const REPORT_EVERY_MS = 60_000;

/** Says something at most once a minute. */
function seldom(clock: Clock, say: (detail: string) => void): (detail: string) => void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return (detail) => {
    if (Math.abs(clock.nowMs() - saidAtMs) < REPORT_EVERY_MS) return;
    saidAtMs = clock.nowMs();
    say(detail);
  };
}

/** Whether a transaction is among those that are kept: the same for each of its spans, and after a restart. */
function isSampled(traceId: string, samplePercent: number): boolean {
  return Number.parseInt(traceId.slice(-8), 16) < (samplePercent / 100) * 2 ** 32;
}

function openExporter({ clock, report, traces }: TelemetrySetup, metrics: Metrics): Exporter | undefined {
  if (traces === undefined) return undefined;
  const { endpoint, headers, resource, send } = traces;
  return createExporter({
    endpoint,
    headers,
    resource,
    send,
    told: (result, spans) => metrics.count("narrowgate_trace_spans_total", { result }, spans),
    failed: seldom(clock, report),
  });
}

/** Begins to watch. Nothing is kept or sent before somebody tells of something. */
export function openTelemetry(setup: TelemetrySetup): Telemetry {
  const metrics = createMetrics();
  seedSeries(metrics);
  const events = countEvents(metrics, setup.agentName);
  const leaves = createLeafSpans();
  const exporter = openExporter(setup, metrics);
  const percent = setup.traces?.samplePercent ?? 0;
  const faulty = seldom(setup.clock, (detail) => setup.report(detail));
  // INVARIANT: a fault of ours never reaches what is watched.
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch {
      metrics.count("narrowgate_telemetry_faults_total");
      faulty("a watcher failed; what it saw is not counted");
    }
  };
  const offer = (spans: readonly Span[]): void => {
    const kept = spans.filter(({ traceId }) => isSampled(traceId, percent));
    if (kept.length > 0) exporter?.offer(kept);
  };
  return {
    metrics,
    call: (seen) =>
      guarded(() => {
        events.call(seen);
        if (exporter !== undefined) offer(spansOfCall(seen));
      }),
    mint: (seen) =>
      guarded(() => {
        events.mint(seen);
        if (exporter !== undefined) offer(spansOfMint(seen));
      }),
    group: (seen) =>
      guarded(() => {
        events.group(seen);
        if (exporter === undefined) return;
        seen.durable.then(
          () => guarded(() => offer(leaves.of(seen))),
          () => undefined,
        );
      }),
    traceparent({ txn, use }) {
      const traceId = traceIdOf(txn);
      const flags = isSampled(traceId, percent) ? "01" : "00";
      return `00-${traceId}-${dispatchSpanId(use)}-${flags}`;
    },
    oldestRevocationMs: () => events.oldestRevocationMs(),
    waitingSpans: () => exporter?.waiting() ?? 0,
    close: async () => exporter?.close(),
  };
}
