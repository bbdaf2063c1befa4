import { describe, expect, it, vi } from "vitest";
import { createExporter, MAX_QUEUED, type SpanFate } from "./exporter.ts";
import type { Span } from "./span.ts";
import { linkFrom, spanIdOf, traceIdOf } from "./span.ts";

const span: Span = {
  traceId: "a".repeat(32),
  spanId: "b".repeat(16),
  name: "append",
  kind: "internal",
  startedMs: 1,
  endedMs: 2.5,
  attributes: { "narrowgate.log.index": 7, policies: ["a", "b"], isNew: true, left: undefined },
  error: "policy_denied",
};

function fixture(answer: () => Promise<number>) {
  const fates = new Map<SpanFate, number>();
  const bodies: string[] = [];
  const failures: string[] = [];
  const exporter = createExporter({
    endpoint: "https://collector.example/v1/traces",
    headers: { authorization: "secret" },
    resource: { "service.name": "narrowgate" },
    async send(_url, { body }) {
      bodies.push(body);
      return { status: await answer(), contentType: "application/json", body: new Uint8Array() };
    },
    told: (fate, spans) => fates.set(fate, (fates.get(fate) ?? 0) + spans),
    failed: (why) => failures.push(why),
  });
  return { exporter, fates, bodies, failures };
}

describe("the exporter", () => {
  it("sends what waits as OTLP JSON when it is closed", async () => {
    const { exporter, fates, bodies } = fixture(async () => 200);
    exporter.offer([span]);
    await exporter.close();
    expect(fates.get("exported")).toBe(1);
    const [resource] = JSON.parse(bodies[0] ?? "").resourceSpans;
    expect(resource.resource.attributes).toEqual([
      { key: "service.name", value: { stringValue: "narrowgate" } },
    ]);
    const [sent] = resource.scopeSpans[0].spans;
    expect(sent).toMatchObject({
      kind: 1,
      status: { code: 2 },
      startTimeUnixNano: expect.stringMatching(/^\d{19}$/),
    });
    expect(BigInt(sent.endTimeUnixNano) - BigInt(sent.startTimeUnixNano)).toBe(1_500_000n);
    expect(sent.attributes).toEqual([
      { key: "narrowgate.log.index", value: { intValue: "7" } },
      { key: "policies", value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } } },
      { key: "isNew", value: { boolValue: true } },
      { key: "error.type", value: { stringValue: "policy_denied" } },
    ]);
  });

  it("keeps no more than its bound, and counts what it drops", async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const { exporter, fates } = fixture(() => promise);
    exporter.offer(Array<Span>(MAX_QUEUED + 5000).fill(span));
    expect(exporter.waiting()).toBeLessThanOrEqual(MAX_QUEUED);
    expect(fates.get("dropped_full")).toBe(5000);
    resolve(200);
    await exporter.close();
    expect(fates.get("exported")).toBe(MAX_QUEUED);
  });

  it("gives up what a collector does not take, says so without its address, and ends", async () => {
    const { exporter, fates, failures, bodies } = fixture(() => Promise.reject(new RangeError("away")));
    exporter.offer(Array<Span>(2000).fill(span));
    await exporter.close();
    expect(fates.get("dropped_unreachable")).toBe(2000);
    expect(failures.join()).not.toMatch(/collector\.example|secret/);
    // The end of a process waits for one batch, not for each.
    expect(bodies.length).toBeLessThanOrEqual(2);
  });

  it("tries again what may be taken later, and nothing that was refused", async () => {
    vi.useFakeTimers();
    try {
      const answers = [503, 429, 200, 400];
      const { exporter, fates, bodies } = fixture(async () => answers.shift() ?? 200);
      exporter.offer([span]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(bodies).toHaveLength(3);
      exporter.offer([span]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect([...fates]).toEqual([
        ["exported", 1],
        ["dropped_refused", 1],
      ]);
      await exporter.close();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("ids", () => {
  it("are cut from what the log names", () => {
    const own = Buffer.from("00112233445566778899aabbccddeeff", "hex").toString("base64url");
    expect(traceIdOf(`writer.${own}`)).toBe("00112233445566778899aabbccddeeff");
    expect([spanIdOf(own), spanIdOf(own, 1)]).toEqual(["0011223344556677", "8899aabbccddeeff"]);
  });

  it("of somebody else are links, or nothing", () => {
    const [traceId, spanId] = ["1".repeat(32), "2".repeat(16)];
    expect(linkFrom(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId });
    for (const odd of [undefined, "", `ff-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}`])
      expect(linkFrom(odd)).toBeUndefined();
  });
});
