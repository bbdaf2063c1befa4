export { type LoopDelay, watchEventLoop } from "./metrics/event-loop.ts";
export { exposition } from "./metrics/exposition.ts";
export type { Metrics } from "./metrics/instruments.ts";
export { serveMetrics } from "./metrics/serve-metrics.ts";
export { openTelemetry, type Telemetry, type TraceSetup } from "./telemetry.ts";
