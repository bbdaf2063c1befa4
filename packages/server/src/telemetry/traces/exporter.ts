import type { PlainAnswer, PlainRequest } from "../../platform/fetch/get-json.ts";
import { otlpRequest, type Resource } from "./otlp-json.ts";
import type { Span } from "./span.ts";

/** Spans that wait at most. */
export const MAX_QUEUED = 8192;
const MAX_BATCH = 512;
const EVERY_MS = 1000;
/** Waits between tries of one batch, in milliseconds; then it is given up. */
const RETRIES_MS = [1000, 4000, 15_000];
/** What a collector answers when it may take the same later. @see OTLP/HTTP, retryable response codes */
const RETRYABLE = new Set([429, 502, 503, 504]);

/** What becomes of spans. */
export type SpanFate = "exported" | "dropped_full" | "dropped_refused" | "dropped_unreachable";

/** What the exporter is made of. */
export interface ExporterParts {
  readonly endpoint: string;
  /** Headers of each request; may hold a credential of the collector. */
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Resource;
  readonly send: (url: string, request: PlainRequest) => Promise<PlainAnswer>;
  readonly told: (fate: SpanFate, spans: number) => void;
  /** Told when a batch was given up; never with an address or a header. */
  readonly failed: (why: string) => void;
}

/** Sends spans to a collector. Nobody waits for it. */
export interface Exporter {
  offer(spans: readonly Span[]): void;
  waiting(): number;
  /** Sends what waits, once. Resolves also when that fails. */
  close(): Promise<void>;
}

type Sent = "exported" | "dropped_refused" | "again";

async function sendOnce(parts: ExporterParts, body: string): Promise<Sent> {
  const { endpoint, headers, send } = parts;
  const sent = { ...headers, "content-type": "application/json" };
  try {
    const { status } = await send(endpoint, { method: "POST", headers: sent, body });
    if (status >= 200 && status < 300) return "exported";
    return RETRYABLE.has(status) ? "again" : "dropped_refused";
  } catch {
    return "again";
  }
}

/** Makes an exporter: one batch at a time, in order, a bounded queue. */
export function createExporter(parts: ExporterParts): Exporter {
  const queue: Span[] = [];
  let isClosed = false;
  let running: Promise<void> | undefined;
  const closing = Promise.withResolvers<void>();

  const pause = (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    timer.unref();
    return Promise.race([promise, closing.promise]).finally(() => clearTimeout(timer));
  };
  const fateOf = async (batch: readonly Span[]): Promise<SpanFate> => {
    const body = JSON.stringify(otlpRequest(parts.resource, batch));
    for (const waitMs of [0, ...RETRIES_MS]) {
      if (waitMs > 0) await pause(waitMs);
      const sent = await sendOnce(parts, body);
      if (sent !== "again") return sent;
      if (isClosed) break;
    }
    return "dropped_unreachable";
  };
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_BATCH);
      const fate = await fateOf(batch);
      parts.told(fate, batch.length);
      if (fate === "exported") continue;
      parts.failed(`a batch of spans was given up (${fate})`);
      // The end of the process does not wait for a collector that is away, once for each batch.
      if (isClosed) parts.told(fate, queue.splice(0).length);
    }
    running = undefined;
  };
  const begin = (): void => {
    if (queue.length > 0) running ??= drain();
  };
  const timer = setInterval(begin, EVERY_MS);
  timer.unref();
  return {
    offer(spans) {
      const room = isClosed ? 0 : MAX_QUEUED - queue.length;
      queue.push(...spans.slice(0, Math.max(0, room)));
      if (spans.length > room) parts.told("dropped_full", spans.length - Math.max(0, room));
      if (queue.length >= MAX_BATCH) begin();
    },
    waiting: () => queue.length,
    async close() {
      isClosed = true;
      clearInterval(timer);
      closing.resolve();
      begin();
      await running;
    },
  };
}
