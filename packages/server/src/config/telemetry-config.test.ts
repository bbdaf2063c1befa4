import { describe, expect, it } from "vitest";
import { readTelemetry } from "./telemetry-config.ts";

const listen = { host: "127.0.0.1", port: 9420 };
const endpoint = "https://collector.example/v1/traces";

describe("metrics and traces in the configuration", () => {
  it("are off unless it says where", () => {
    expect(readTelemetry({})).toEqual({});
  });

  it("keep every transaction, and tell no upstream, unless it says so", () => {
    expect(readTelemetry({ metrics: { listen }, traces: { endpoint } })).toEqual({
      metrics: { listen },
      traces: { endpoint, samplePercent: 100, toUpstreams: false },
    });
    const all = { endpoint, authorization_variable: "COLLECTOR", sample_percent: 5, to_upstreams: true };
    expect(readTelemetry({ traces: all }).traces).toEqual({
      endpoint,
      authorizationVariable: "COLLECTOR",
      samplePercent: 5,
      toUpstreams: true,
    });
  });

  it.each([
    [{ metrics: {} }, "/metrics/listen"],
    [{ metrics: { listen: { host: "127.0.0.1", port: 70_000 } } }, "/metrics/listen/port"],
    [{ metrics: { listen, token: "x" } }, "/metrics"],
    [{ traces: {} }, "/traces/endpoint"],
    [{ traces: { endpoint: "ftp://collector.example" } }, "/traces/endpoint"],
    [{ traces: { endpoint: "https://user:secret@collector.example/" } }, "/traces/endpoint"],
    [{ traces: { endpoint, sample_percent: 0 } }, "/traces/sample_percent"],
    [{ traces: { endpoint, to_upstreams: "yes" } }, "/traces/to_upstreams"],
    [{ traces: { endpoint, authorization: "Bearer secret" } }, "/traces"],
    [{ traces: { endpoint, authorization_variable: "lower case" } }, "/traces/authorization_variable"],
  ])("refuse %j by its path", (row, path) => {
    expect(() => readTelemetry(row)).toThrow(path);
  });
});
