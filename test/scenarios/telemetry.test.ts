import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { type AgentSession, acceptHandOff, callTool, openSession } from "@narrowgate/agent";
import type { JsonObject } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { asObject } from "../../packages/cli/src/admin/read-answer.ts";
import { startModernServer } from "../../packages/server/test/gateway/http-servers.ts";
import { BANK_DETAIL, bankRegistry, FOUR_EYES } from "./harness/bank-registry.ts";
import { freePort } from "./harness/free-port.ts";
import { type OtlpCollector, type ReceivedSpan, startOtlpCollector } from "./harness/otlp-collector.ts";
import { firstAndSecond } from "./harness/registered-agent.ts";
import { readerRegistry } from "./harness/release-instances.ts";
import { scrape, sumOf } from "./harness/scrape.ts";
import { softwareApprover } from "./harness/software-approver.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const REGISTRY: JsonObject = bankRegistry(firstAndSecond([BANK_DETAIL]));

let gate: TestInstance;
let collector: OtlpCollector;
let metrics: string;
let second: AgentSession;
const bank = (): string => `${gate.issuer}/mcp/bank`;

beforeAll(async () => {
  vi.stubEnv("TEST_COLLECTOR_AUTH", "Basic c2VjcmV0");
  collector = await startOtlpCollector();
  const [port, metricsPort] = [await freePort(), await freePort()];
  metrics = `http://127.0.0.1:${metricsPort}/metrics`;
  gate = await startInstance({
    config: {
      approvals: { origin: `http://localhost:${port}`, listen: { host: "127.0.0.1", port } },
      metrics: { listen: { host: "127.0.0.1", port: metricsPort } },
      traces: { endpoint: collector.endpoint, authorization_variable: "TEST_COLLECTOR_AUTH" },
    },
  });
  await gate.apply(REGISTRY);
  await gate.pin("bank");
  await gate.apply(REGISTRY, FOUR_EYES);
  const [one, two] = [await gate.join("first"), await gate.join("second")];
  second = acceptHandOff(two, await openSession(one).delegate("second"));
}, 60_000);

afterAll(async () => {
  await gate.close();
  await collector.close();
});

/** Spans of the one transaction there is, once all that was asked for are there. */
async function spansWith(names: readonly string[]): Promise<readonly ReceivedSpan[]> {
  await vi.waitFor(() => {
    const had = collector.spans.map(({ name }) => name);
    expect(had).toEqual(expect.arrayContaining([...names]));
  }, 15_000);
  return collector.spans;
}

describe("a two-hop delegated call that a person approves", () => {
  it("is one trace, from the mandate to the append of its outcome", async () => {
    const approver = await softwareApprover(gate, "Bea");
    const refund = () => callTool(second, bank(), "get-sum", { a: 120_077, b: 300_033 });
    await expect(refund()).rejects.toMatchObject({ code: "approval_required" });
    const [waiting] = gate.instance().approvals?.list() ?? [];
    await approver.approve(waiting?.url ?? "");
    expect((await refund()).text).toContain("420110");
    const spans = await spansWith(["approval", "dispatch tools/call get-sum", "mandate"]);
    await vi.waitFor(
      () => expect(spans.filter(({ name }) => name === "append").length).toBeGreaterThan(4),
      15_000,
    );

    const [, own = ""] = gate.instance().mandates.list()[0]?.txn.split(".") ?? [];
    const traceId = Buffer.from(own, "base64url").toString("hex");
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);

    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const above = (span: ReceivedSpan | undefined): ReceivedSpan | undefined =>
      byId.get(span?.parentSpanId ?? "");
    const pathOf = (span: ReceivedSpan | undefined): readonly string[] =>
      span === undefined ? [] : [span.name, ...pathOf(above(span))];
    // No span hangs in the air.
    expect(spans.filter((span) => span.parentSpanId === undefined).map(({ name }) => name)).toEqual([
      "mandate",
    ]);
    expect(spans.filter((span) => span.parentSpanId !== undefined && above(span) === undefined)).toEqual([]);

    const calls = spans.filter(({ name }) => name === "tools/call get-sum");
    const hops = ["POST /token", "POST /token", "mandate"];
    expect(calls.map(pathOf)).toEqual(calls.map(() => ["tools/call get-sum", ...hops]));
    const agents = [above(calls[0]), above(above(calls[0]))];
    expect(agents.map((span) => span?.attributes.get("gen_ai.agent.name"))).toEqual(["second", "first"]);

    const [asked, done] = calls;
    expect(asked?.attributes.get("error.type")).toBe("approval_required");
    expect(asked?.isFailed).toBe(true);
    expect(done?.isFailed).toBe(false);
    const approval = spans.find(({ name }) => name === "approval");
    expect(pathOf(approval).slice(0, 3)).toEqual(["approval", "decide", "tools/call get-sum"]);
    expect(above(above(approval))).toBe(asked);
    const decided = spans.find((span) => span.name === "decide" && span.parentSpanId === done?.spanId);
    expect(decided?.links).toEqual([{ traceId, spanId: approval?.spanId }]);
    const dispatch = spans.find(({ name }) => name.startsWith("dispatch"));
    expect(dispatch).toMatchObject({ kind: 3, parentSpanId: done?.spanId });
    expect(dispatch?.attributes.get("narrowgate.outcome")).toBe("ok");
    const appends = spans.filter(({ name }) => name === "append").map((span) => above(span)?.name);
    expect(new Set(appends)).toEqual(new Set(["mandate", "POST /token", "tools/call get-sum", "decide"]));
    expect(spans.every(({ durationNanos }) => durationNanos >= 0n)).toBe(true);
    expect(collector.resource.get("service.name")).toBe("narrowgate");
    expect(new Set(collector.headers)).toEqual(new Set(["Basic c2VjcmV0"]));

    // Nothing of arguments, results, people or keys.
    const all = collector.spans.flatMap(({ name, attributes }) => [name, ...attributes.values()]).join(" ");
    for (const secret of ["120077", "300033", "420110", "owner@example.com", "Bea", "eyJ"])
      expect(all).not.toContain(secret);
    expect(sumOf(await scrape(metrics), "narrowgate_approvals_total", { action: "approved" })).toBe(1);
  });
});

/** A request of the stateless protocol. */
function requestOf(method: string, name: string, sent: { meta?: string; header?: string } = {}): RequestInit {
  const version = "2026-07-28";
  const prefix = "io.modelcontextprotocol/";
  const capabilities = { [`${prefix}protocolVersion`]: version, [`${prefix}clientCapabilities`]: {} };
  const _meta = { ...capabilities, ...(sent.meta === undefined ? {} : { traceparent: sent.meta }) };
  const params = { name, arguments: { message: "hello" }, _meta };
  return {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-method": method,
      "mcp-name": name,
      "mcp-protocol-version": version,
      ...(sent.header === undefined ? {} : { traceparent: sent.header }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: "1", method, params }),
  };
}

/** A call with a `traceparent` of the caller's choice, in `_meta` or as a header. */
function echoWith(session: AgentSession, sent: { meta?: string; header?: string }): Promise<Response> {
  return session.fetchFor(bank())(bank(), requestOf("tools/call", "echo", sent));
}

const echoes = (): readonly ReceivedSpan[] =>
  collector.spans.filter(({ name }) => name === "tools/call echo");

async function nextEcho(sent: { meta?: string; header?: string }): Promise<ReceivedSpan | undefined> {
  const before = echoes().length;
  expect((await echoWith(second, sent)).status).toBe(200);
  await vi.waitFor(() => expect(echoes().length).toBe(before + 1), 15_000);
  return echoes().at(-1);
}

describe("a trace context that the caller brings along", () => {
  const [traceId, spanId] = ["a".repeat(32), "b".repeat(16)];

  it("is linked to, and is neither parent nor trace", async () => {
    for (const sent of [{ meta: `00-${traceId}-${spanId}-01` }, { header: `00-${traceId}-${spanId}-00` }]) {
      const span = await nextEcho(sent);
      expect(span?.links).toEqual([{ traceId, spanId }]);
      expect(span?.traceId).not.toBe(traceId);
      expect(span?.parentSpanId).not.toBe(spanId);
    }
  });

  it("is nothing at all when it has not exactly the form", async () => {
    const odd = [
      `ff-${traceId}-${spanId}-01`,
      `00-${"0".repeat(32)}-${spanId}-01`,
      `00-${traceId}-${"0".repeat(16)}-01`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
      `00-${traceId}-${spanId}-01-more`,
      "x".repeat(4000),
    ];
    for (const meta of odd) expect((await nextEcho({ meta }))?.links, meta).toEqual([]);
  });
});

describe("metrics", () => {
  it("count tokens, decisions, calls and appends, and say what stands", async () => {
    const before = await scrape(metrics);
    await nextEcho({});
    await expect(openSession(await gate.join("first")).token(`${gate.issuer}/mcp/none`)).rejects.toThrow();
    await gate.instance().evidence.flush();
    const after = await scrape(metrics);
    const grew = (name: string, labels: Record<string, string> = {}): number =>
      sumOf(after, name, labels) - sumOf(before, name, labels);
    expect(grew("narrowgate_requests_total", { operation: "tool", code: "ok" })).toBe(1);
    expect(grew("narrowgate_outcomes_total", { status: "ok" })).toBe(1);
    expect(grew("narrowgate_decisions_total", { action: "call", verdict: "permit", code: "ok" })).toBe(1);
    expect(grew("narrowgate_agent_decisions_total", { agent: "second", verdict: "permit" })).toBe(1);
    expect(grew("narrowgate_token_requests_total", { code: "invalid_target" })).toBe(1);
    expect(grew("narrowgate_request_overhead_seconds_count", { operation: "tool" })).toBe(1);
    expect(grew("narrowgate_leaves_total", { type: "outcome" })).toBe(1);
    expect(sumOf(after, "narrowgate_tokens_minted_total", { mode: "rebind" })).toBeGreaterThan(0);
    expect(sumOf(after, "narrowgate_mandates_open")).toBeGreaterThan(0);
    expect(sumOf(after, "narrowgate_agents", { state: "active" })).toBe(2);
    expect(sumOf(after, "narrowgate_disk_free_bytes", { place: "store" })).toBeGreaterThan(0);
    expect(sumOf(after, "narrowgate_build_info", { environment: "dev" })).toBe(1);
    expect(sumOf(after, "narrowgate_trace_spans_total", { result: "exported" })).toBeGreaterThan(0);
    expect(sumOf(after, "narrowgate_telemetry_faults_total")).toBe(0);
    const [fast, slow] = ["narrowgate_request_overhead_seconds_sum", "narrowgate_request_seconds_sum"];
    expect(sumOf(after, fast)).toBeLessThan(sumOf(after, slow));
  });

  it("take no label from what a caller writes", async () => {
    await fetch(bank(), { method: "POST", body: "x" });
    // Without a token, and with one: what a method is called is the caller's word in both.
    for (const method of ["invented/method", "invented/list", "tools/call"]) {
      await fetch(bank(), requestOf(method, "invented-tool"));
      await second.fetchFor(bank())(bank(), requestOf(method, "invented-tool"));
    }
    const names = [...Array(30).keys()].map((n) => `invented-${n}`);
    for (const name of names)
      await fetch(`${gate.issuer}/token`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ grant_type: name, client_id: name }),
      });
    const held = (await scrape(metrics)).flatMap(({ labels }) => Object.values(labels)).join("\n");
    expect(held).not.toContain("invented");
    await nextEcho({});
    const spans = collector.spans.flatMap(({ name, attributes }) => [name, ...attributes.values()]);
    expect(spans.join("\n")).not.toContain("invented");
    expect(spans).toContain("method_refused");
    expect(held).not.toMatch(/eyJ|owner@|\.[A-Za-z0-9_-]{22}\b/);
  });

  it("are read at their own address alone, by a name that is ours", async () => {
    expect((await fetch(`${gate.issuer}/metrics`)).status).toBe(404);
    expect((await fetch(metrics.replace("/metrics", "/other"))).status).toBe(404);
    expect((await fetch(metrics, { method: "POST" })).status).toBe(405);
    const rebound = request(metrics, { headers: { host: "attacker.example" } }).end();
    const [answer] = await once(rebound, "response");
    expect(answer.resume().statusCode).toBe(403);
  });
});

describe("a collector that is away", () => {
  it("holds up no call, and what it did not take is counted", async () => {
    collector.answer(400);
    const startedMs = performance.now();
    for (let n = 0; n < 5; n += 1) expect((await echoWith(second, {})).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    await vi.waitFor(
      async () =>
        expect(
          sumOf(await scrape(metrics), "narrowgate_trace_spans_total", { result: "dropped_refused" }),
        ).toBeGreaterThan(0),
      20_000,
    );
    collector.answer(200);
  });
});

describe("an upstream that is told of traces", () => {
  it("gets the span of the dispatch in the place of what the caller sent", async () => {
    const upstream = await startModernServer();
    const sent: JsonObject[] = [];
    const recorder = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", async () => {
        const body = Buffer.concat(parts).toString();
        sent.push(asObject(JSON.parse(body)));
        const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
          typeof value === "string" && name !== "host" ? [[name, value]] : [],
        );
        const answer = await fetch(upstream.url, { method: "POST", headers, body });
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    recorder.listen(0, "127.0.0.1");
    await once(recorder, "listening");
    const url = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
    const traces = { endpoint: collector.endpoint, to_upstreams: true };
    const told = await startInstance({ config: { traces } });
    await told.apply(readerRegistry(url), '@id("all") @reason("all") permit (principal, action, resource);');
    await told.pin("data");
    const session = openSession(await told.join("reader"));
    await callTool(session, `${told.issuer}/mcp/data`, "query", {});
    const called = sent.find(({ method }) => method === "tools/call");
    const { traceparent } = asObject(asObject(called?.["params"] ?? {})["_meta"] ?? {});
    await vi.waitFor(
      () => expect(collector.spans.map(({ name }) => name)).toContain("dispatch tools/call query"),
      15_000,
    );
    const span = collector.spans.find(({ name }) => name === "dispatch tools/call query");
    expect(traceparent).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    await told.close();
    recorder.closeAllConnections();
    recorder.close();
    await upstream.close();
  });
});
