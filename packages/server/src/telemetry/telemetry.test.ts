import { randomId, systemClock } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { exposition } from "./metrics/exposition.ts";
import type { SeenGroup } from "./ports.ts";
import { openTelemetry, type Telemetry } from "./telemetry.ts";

function opened(samplePercent: number): { telemetry: Telemetry; bodies: string[]; reports: string[] } {
  const bodies: string[] = [];
  const reports: string[] = [];
  const telemetry = openTelemetry({
    clock: systemClock,
    agentName: () => "reader",
    report: (detail) => reports.push(detail),
    traces: {
      endpoint: "https://collector.example/v1/traces",
      headers: {},
      samplePercent,
      resource: {},
      async send(_url, { body }) {
        bodies.push(body);
        return { status: 200, contentType: "", body: new Uint8Array() };
      },
    },
  });
  return { telemetry, bodies, reports };
}

/** A mandate that was opened: one span, and one of its append. */
function opening(txn: string): SeenGroup {
  const body = { action: "opened", mandate: randomId(), basis: "operator" };
  return {
    drafts: [{ type: "mandate", txn, body }],
    leaves: [{ id: randomId(), index: 7, hash: "A".repeat(43) }],
    queuedMs: performance.now(),
    durable: Promise.resolve(),
  };
}

describe("telemetry", () => {
  it("keeps whole transactions of a sample, and says so to upstreams", async () => {
    const { telemetry, bodies } = opened(50);
    const txns = Array.from({ length: 400 }, () => `writer.${randomId()}`);
    const groups = txns.map(opening);
    for (const group of groups) telemetry.group(group);
    // What is durable is looked at in the turn after.
    await Promise.all(groups.map(({ durable }) => durable));
    await Promise.resolve();
    await telemetry.close();
    const sent = new Map<string, number>();
    for (const body of bodies)
      for (const { traceId } of JSON.parse(body).resourceSpans[0].scopeSpans[0].spans)
        sent.set(traceId, (sent.get(traceId) ?? 0) + 1);
    const use = "A".repeat(43);
    const flagged = txns.filter((txn) => telemetry.traceparent({ txn, use }).endsWith("-01"));
    expect(flagged.length).toBeGreaterThan(120);
    expect(flagged.length).toBeLessThan(280);
    expect(sent.size).toBe(flagged.length);
    expect(new Set(sent.values())).toEqual(new Set([2]));
  });

  it("lets no fault of its own reach what it watches", () => {
    const { telemetry, reports } = opened(100);
    const broken: SeenGroup = JSON.parse('{"drafts":[null],"leaves":[],"queuedMs":0,"durable":null}');
    expect(() => telemetry.group(broken)).not.toThrow();
    expect(() => telemetry.call(JSON.parse("null"))).not.toThrow();
    expect(() => telemetry.mint(JSON.parse("null"))).not.toThrow();
    expect(exposition(telemetry.metrics)).toContain("narrowgate_telemetry_faults_total 3");
    expect(reports).toHaveLength(1);
  });

  it("knows since when a revocation is in force without being durable", async () => {
    const { telemetry } = opened(100);
    const durable = Promise.withResolvers<void>();
    const body = { feed: 1, kind: "agent", id: randomId(), epoch: 1, by: "system" };
    const revoking = { ...opening(`writer.${randomId()}`), durable: durable.promise, queuedMs: 42 };
    telemetry.group({ ...revoking, drafts: [{ type: "revocation", body }] });
    expect(telemetry.oldestRevocationMs()).toBe(42);
    durable.resolve();
    await durable.promise;
    await Promise.resolve();
    expect(telemetry.oldestRevocationMs()).toBeUndefined();
    expect(exposition(telemetry.metrics)).toContain('narrowgate_revocations_total{kind="agent"} 1');
  });
});
