import { describe, expect, it } from "vitest";
import { METRIC_NAMES, METRICS } from "./catalogue.ts";
import { exposition } from "./exposition.ts";
import { createMetrics, MAX_SERIES } from "./instruments.ts";

describe("metrics", () => {
  it("never have more series than the bound, whatever names come", () => {
    const metrics = createMetrics();
    for (let n = 0; n < 3 * MAX_SERIES; n += 1)
      metrics.count("narrowgate_agent_decisions_total", { agent: `agent-${n}`, verdict: "permit" });
    const family = metrics.families().find(({ name }) => name === "narrowgate_agent_decisions_total");
    const samples = family?.samples ?? [];
    expect(samples.length).toBeLessThanOrEqual(MAX_SERIES + 1);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(3 * MAX_SERIES);
    const other = samples.find(({ labels }) => labels[0]?.[1] === "other");
    expect(other?.value).toBe(2 * MAX_SERIES);
  });

  it("escape what could end a line or a label", () => {
    const metrics = createMetrics();
    metrics.set("narrowgate_witness_behind", 3, { witness: 'a"b\\c\nd' });
    expect(exposition(metrics)).toContain('narrowgate_witness_behind{witness="a\\"b\\\\c\\nd"} 3\n');
  });

  it("show a histogram as running sums, with what is beyond all bounds under +Inf", () => {
    const metrics = createMetrics();
    for (const seconds of [0.00005, 0.0003, 99]) metrics.observe("narrowgate_append_seconds", seconds);
    const lines = exposition(metrics)
      .split("\n")
      .filter((line) => line.startsWith("narrowgate_append_seconds"));
    expect(lines[0]).toBe('narrowgate_append_seconds_bucket{le="0.0001"} 1');
    expect(lines[2]).toBe('narrowgate_append_seconds_bucket{le="0.0005"} 2');
    expect(lines.slice(-3)).toEqual([
      'narrowgate_append_seconds_bucket{le="+Inf"} 3',
      "narrowgate_append_seconds_sum 99.00035",
      "narrowgate_append_seconds_count 3",
    ]);
  });

  it("forget the series of a gauge that are gone", () => {
    const metrics = createMetrics();
    metrics.set("narrowgate_release_drifted", 1, { agent: "reader" });
    metrics.clear("narrowgate_release_drifted");
    expect(exposition(metrics)).not.toContain("reader");
  });

  it("are each named, explained and of one kind", () => {
    for (const name of METRIC_NAMES) {
      const { kind, help, buckets } = METRICS[name];
      expect(name).toMatch(/^(narrowgate|process)_[a-z_]+$/);
      expect(name.endsWith("_total"), name).toBe(kind === "counter");
      expect(help, name).toMatch(/\.$/);
      expect(buckets !== undefined, name).toBe(kind === "histogram");
    }
  });
});
