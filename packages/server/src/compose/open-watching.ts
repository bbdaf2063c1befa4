import { type Clock, NarrowgateError } from "@narrowgate/kernel";
import type { Config } from "../config/config.ts";
import { productVersion } from "../platform/build/product-version.ts";
import { createSafeExchange } from "../platform/fetch/safe-fetch.ts";
import type { Store } from "../platform/store/store.ts";
import { openTelemetry, type Telemetry, type TraceSetup } from "../telemetry/index.ts";
import { fetchRules } from "./outside-fetcher.ts";
import type { Report } from "./report.ts";

/** What watches an instance, and what is watched from below. */
export interface Watching {
  readonly telemetry: Telemetry;
  /** The operator's log, its lines counted. */
  readonly report: Report;
  /** Says where names of agents come from; before that each is `other`. */
  know(agents: () => readonly { readonly id: string; readonly ref: string }[]): void;
}

/** Where spans are sent: the one configured host, whatever address it has; plain http on loopback alone. */
async function traceSetup(config: Config): Promise<TraceSetup | undefined> {
  const { traces, environment, baseUrl } = config;
  if (traces === undefined) return undefined;
  const { endpoint, authorizationVariable, samplePercent } = traces;
  const authorization = authorizationVariable === undefined ? undefined : process.env[authorizationVariable];
  if (authorizationVariable !== undefined && authorization === undefined)
    throw new NarrowgateError(
      "malformed_input",
      `the environment variable ${authorizationVariable} is not set`,
    );
  const { extraCertificates = [] } = await fetchRules(config);
  return {
    endpoint,
    headers: authorization === undefined ? {} : { authorization },
    samplePercent,
    resource: {
      "service.name": "narrowgate",
      "service.version": await productVersion(),
      "service.instance.id": baseUrl,
      "deployment.environment.name": environment,
    },
    send: createSafeExchange({
      allowedHosts: [new URL(endpoint).hostname],
      allowHttpOnLoopback: true,
      extraCertificates,
    }),
  };
}

/** Names by ref, made anew when a ref is not among them. */
function agentNames(): {
  readonly know: Watching["know"];
  readonly nameOf: (ref: string) => string;
} {
  let agents: Parameters<Watching["know"]>[0] = () => [];
  let names = new Map<string, string>();
  return {
    know(source) {
      agents = source;
    },
    nameOf(ref) {
      if (!names.has(ref)) names = new Map(agents().map(({ id, ref: own }) => [own, id]));
      return names.get(ref) ?? "other";
    },
  };
}

/** Begins to watch, where the configuration says where metrics or traces go; else nothing is made. */
export async function openWatching(
  config: Config,
  report: Report,
  clock: Clock,
): Promise<Watching | undefined> {
  if (config.metrics === undefined && config.traces === undefined) return undefined;
  const { know, nameOf } = agentNames();
  const traces = await traceSetup(config);
  const telemetry = openTelemetry({
    clock,
    agentName: nameOf,
    report: (detail, cause) => report({ kind: "telemetry", detail, cause }),
    ...(traces === undefined ? {} : { traces }),
  });
  return {
    telemetry,
    know,
    report(event) {
      telemetry.metrics.count("narrowgate_reports_total", { kind: event.kind });
      report(event);
    },
  };
}

/** The same store; its commits are timed, and what fails is counted. */
export function watchStore(store: Store, { metrics }: Pick<Telemetry, "metrics">): Store {
  const counted = async <T>(operation: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      metrics.count("narrowgate_store_errors_total", { operation });
      throw error;
    }
  };
  return {
    async commit(batch) {
      const startedMs = performance.now();
      await counted("commit", store.commit(batch));
      metrics.observe("narrowgate_store_seconds", (performance.now() - startedMs) / 1000);
    },
    tree: () => counted("tree", store.tree()),
    entries: (from, count) => counted("entries", store.entries(from, count)),
    sealed: (index) => counted("sealed", store.sealed(index)),
    head: (kind, id) => counted("head", store.head(kind, id)),
    tile: (level, index) => counted("tile", store.tile(level, index)),
    get: (room, key) => counted("get", store.get(room, key)),
    scan: (room, options) => counted("scan", store.scan(room, options)),
    close: () => store.close(),
  };
}
