import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config/config.ts";
import { productVersion } from "../platform/build/product-version.ts";
import type { Listening } from "../platform/http/listen.ts";
import {
  exposition,
  type LoopDelay,
  type Metrics,
  serveMetrics,
  type Telemetry,
  watchEventLoop,
} from "../telemetry/index.ts";
import type { Instance } from "./instance.ts";
import type { Report } from "./report.ts";
import { showDrift } from "./show-drift.ts";

/** What stands is read at most this often, however many scrape. */
const COLLECT_MS = 5_000;

type Name = Parameters<Metrics["set"]>[0];

/** Shows how many there are of each. There may be very many: each is looked at once. */
function tally(metrics: Metrics, name: Name, label: string, values: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  metrics.clear(name);
  for (const [value, count] of counts) metrics.set(name, count, { [label]: value });
}

/** When the newest published head came. */
interface HeadClock {
  publishedAtMs: number;
}

function showLog(metrics: Metrics, { evidence }: Instance, head: HeadClock): void {
  const { published, witnessed } = evidence.publisher;
  const { size } = evidence.durable;
  metrics.set("narrowgate_log_size", size);
  metrics.set("narrowgate_log_published_size", published?.size ?? 0);
  metrics.set("narrowgate_log_witnessed_size", witnessed?.size ?? 0);
  metrics.set("narrowgate_append_queue_leaves", evidence.counts().waiting);
  const isBehind = size > (published?.size ?? 0);
  metrics.set(
    "narrowgate_log_head_age_seconds",
    isBehind ? (performance.now() - head.publishedAtMs) / 1000 : 0,
  );
}

function showWitnesses(metrics: Metrics, { witnesses, clock }: Instance, startedAtMs: number): void {
  const list = witnesses.port.list();
  metrics.set("narrowgate_witnesses", list.length);
  for (const name of ["behind", "age_seconds", "refused"] as const)
    metrics.clear(`narrowgate_witness_${name}`);
  for (const { name, behind, cosignedAtMs = startedAtMs, last } of list) {
    const witness = { witness: name };
    metrics.set("narrowgate_witness_behind", behind, witness);
    metrics.set("narrowgate_witness_age_seconds", Math.max(0, clock.nowMs() - cosignedAtMs) / 1000, witness);
    metrics.set("narrowgate_witness_refused", last === "refused" ? 1 : 0, witness);
  }
}

function showRevocations(metrics: Metrics, instance: Instance, telemetry: Telemetry): void {
  const { containment, evidence, gateway } = instance;
  const oldestMs = telemetry.oldestRevocationMs();
  metrics.set("narrowgate_revocation_feed_position", containment.position());
  metrics.set("narrowgate_revocation_feed_durable_position", evidence.durable.feed.position);
  metrics.set(
    "narrowgate_revocation_feed_stale_seconds",
    oldestMs === undefined ? 0 : (performance.now() - oldestMs) / 1000,
  );
  metrics.set("narrowgate_live_streams", gateway.live());
}

function showWork(metrics: Metrics, instance: Instance): void {
  const { approvals, clock, mandates, registry } = instance;
  const waiting = approvals?.list() ?? [];
  const oldestAtMs = Math.min(clock.nowMs(), ...waiting.map(({ askedAtMs }) => askedAtMs));
  metrics.set("narrowgate_approvals_waiting", waiting.length);
  metrics.set("narrowgate_approval_oldest_seconds", (clock.nowMs() - oldestAtMs) / 1000);
  metrics.set("narrowgate_mandates_open", mandates.list().length);
  const states = (list: readonly { readonly state: string }[]): readonly string[] =>
    list.map(({ state }) => state);
  tally(metrics, "narrowgate_agents", "state", states(registry.agents()));
  tally(metrics, "narrowgate_servers", "state", states(registry.servers()));
}

function showReleases(metrics: Metrics, { registry, releases }: Instance): void {
  const standing = releases.list().map(({ state, missing }) => {
    const isWaiting = state === "open" && Array.isArray(missing) && missing.length > 0;
    return state === "open"
      ? isWaiting
        ? "waiting_for_signatures"
        : "waiting_for_promotion"
      : String(state);
  });
  tally(metrics, "narrowgate_releases", "state", standing);
  showDrift(metrics, registry.agents(), releases);
}

async function showDisks(metrics: Metrics, { dataDirectory, anchorFile, store }: Config): Promise<void> {
  const places = {
    data: dataDirectory,
    anchor: dirname(anchorFile),
    ...(store.kind === "sqlite" ? { store: dirname(store.path) } : {}),
  };
  for (const [place, path] of Object.entries(places)) {
    const { bavail, blocks, bsize } = await statfs(path);
    metrics.set("narrowgate_disk_free_bytes", bavail * bsize, { place });
    metrics.set("narrowgate_disk_size_bytes", blocks * bsize, { place });
  }
}

function showProcess(metrics: Metrics, loop: LoopDelay, telemetry: Telemetry): void {
  const { user, system } = process.cpuUsage();
  metrics.set("process_start_time_seconds", performance.timeOrigin / 1000);
  metrics.set("process_cpu_seconds_total", (user + system) / 1e6);
  metrics.set("process_resident_memory_bytes", process.memoryUsage.rss());
  metrics.set("narrowgate_trace_queue_spans", telemetry.waitingSpans());
  for (const [quantile, delay] of loop.read())
    metrics.set("narrowgate_event_loop_delay_seconds", delay, { quantile });
}

/**
 * Serves metrics, where the configuration says where; undefined where it does not.
 * @throws `address_taken`, `conflict`
 */
export async function serveTelemetry(instance: Instance, report: Report): Promise<Listening | undefined> {
  const { config, watching, clock, evidence, evaluations } = instance;
  if (config.metrics === undefined || watching === undefined) return undefined;
  const { telemetry } = watching;
  const { metrics } = telemetry;
  const startedAtMs = clock.nowMs();
  const head: HeadClock = { publishedAtMs: performance.now() };
  evidence.publisher.onPublished(() => {
    head.publishedAtMs = performance.now();
  });
  const build = {
    version: await productVersion(),
    build: evaluations.build,
    environment: config.environment,
  };
  metrics.set("narrowgate_build_info", 1, build);
  const loop = watchEventLoop();
  const collect = async (): Promise<void> => {
    showLog(metrics, instance, head);
    showWitnesses(metrics, instance, startedAtMs);
    showRevocations(metrics, instance, telemetry);
    showWork(metrics, instance);
    showReleases(metrics, instance);
    showProcess(metrics, loop, telemetry);
    await showDisks(metrics, config);
  };
  let collectedMs = Number.NEGATIVE_INFINITY;
  let collecting: Promise<void> | undefined;
  const read = async (): Promise<string> => {
    if (performance.now() - collectedMs >= COLLECT_MS) {
      collecting ??= collect().finally(() => {
        collectedMs = performance.now();
        collecting = undefined;
      });
    }
    await collecting;
    return exposition(metrics);
  };
  const onFault = (cause: unknown): void => report({ kind: "telemetry", detail: "a scrape failed", cause });
  const listening = await serveMetrics({ ...config.metrics.listen, read, onFault }).catch(
    (error: unknown) => {
      loop.stop();
      throw error;
    },
  );
  return {
    port: listening.port,
    async close(graceMs) {
      loop.stop();
      await listening.close(graceMs);
    },
  };
}
