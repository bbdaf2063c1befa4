import { NarrowgateError, readInteger, readObject, readOptional, readString } from "@narrowgate/kernel";

/** Where metrics are read. */
export interface MetricsConfig {
  readonly listen: { readonly host: string; readonly port: number };
}

/** Where traces are sent. */
export interface TracesConfig {
  /** Address that takes OTLP/HTTP JSON: https, or http on loopback. */
  readonly endpoint: string;
  /** Environment variable with the value of the `Authorization` header, so that no secret stands in a file. */
  readonly authorizationVariable?: string;
  /** 1 to 100: of how many transactions in a hundred spans are made. */
  readonly samplePercent: number;
  /** MCP servers are told the span of what is sent to them. */
  readonly toUpstreams: boolean;
}

const text = { min: 1, max: 2048 };

function readMetrics(value: unknown): MetricsConfig {
  const { listen } = readObject(value, "/metrics", ["listen"]);
  const row = readObject(listen, "/metrics/listen", ["host", "port"]);
  return {
    listen: {
      host: readString(row.host, "/metrics/listen/host", text),
      port: readInteger(row.port, "/metrics/listen/port", { min: 0, max: 65_535 }),
    },
  };
}

function readEndpoint(value: unknown): string {
  const endpoint = readString(value, "/traces/endpoint", text);
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain = url !== undefined && url.username === "" && url.password === "" && url.hash === "";
  if (!isPlain || !/^https?:$/.test(url.protocol))
    throw new NarrowgateError("malformed_input", "/traces/endpoint must be an http(s) URL without user");
  return endpoint;
}

function readFlag(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw new NarrowgateError("malformed_input", `${path} must be true or false`);
}

function readTraces(value: unknown): TracesConfig {
  const members = ["endpoint", "authorization_variable", "sample_percent", "to_upstreams"];
  const row = readObject(value, "/traces", members);
  const variable = readOptional(row.authorization_variable, (member) =>
    readString(member, "/traces/authorization_variable", { ...text, pattern: /^[A-Z][A-Z0-9_]*$/ }),
  );
  return {
    endpoint: readEndpoint(row.endpoint),
    ...(variable === undefined ? {} : { authorizationVariable: variable }),
    samplePercent:
      readOptional(row.sample_percent, (member) =>
        readInteger(member, "/traces/sample_percent", { min: 1, max: 100 }),
      ) ?? 100,
    toUpstreams:
      readOptional(row.to_upstreams, (member) => readFlag(member, "/traces/to_upstreams")) ?? false,
  };
}

/** Reads `metrics` and `traces`. @throws `malformed_input` naming the path */
export function readTelemetry({ metrics, traces }: Readonly<Record<string, unknown>>): {
  readonly metrics?: MetricsConfig;
  readonly traces?: TracesConfig;
} {
  return {
    ...(metrics === undefined ? {} : { metrics: readMetrics(metrics) }),
    ...(traces === undefined ? {} : { traces: readTraces(traces) }),
  };
}
