import { randomBytes } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { callTool, openSession } from "@narrowgate/agent";
import { DECISION_ACTIONS, ERROR_CODES } from "@narrowgate/contracts";
import { cosignatureType, formatVerifierKey, makeVerifierKey } from "@narrowgate/tlog";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { nodeSha256 } from "../../packages/server/src/platform/crypto-hash/sha256.ts";
import { METRIC_NAMES, METRICS } from "../../packages/server/src/telemetry/metrics/catalogue.ts";
import { type HttpServer, startModernServer } from "../../packages/server/test/gateway/http-servers.ts";
import {
  type AlertRule,
  found,
  isBalanced,
  readAlertRules,
  selectorsOf,
  seriesOf,
  singleSelectors,
} from "./harness/alert-rules.ts";
import { freePort } from "./harness/free-port.ts";
import { POLICIES, readerRegistry } from "./harness/release-instances.ts";
import { type Scraped, scrape } from "./harness/scrape.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let rules: readonly AlertRule[];
let gate: TestInstance;
let upstream: HttpServer;
let metrics: string;

beforeAll(async () => {
  rules = await readAlertRules();
  upstream = await startModernServer();
  const port = await freePort();
  metrics = `http://127.0.0.1:${port}/metrics`;
  // Nobody listens there: a witness that is away.
  const away = `http://127.0.0.1:${await freePort()}`;
  const publicKey = randomBytes(32);
  const key = formatVerifierKey(
    makeVerifierKey(nodeSha256, { name: "witness.example", type: cosignatureType, publicKey }),
  );
  gate = await startInstance({
    config: { metrics: { listen: { host: "127.0.0.1", port } }, witnesses: [{ url: away, key }] },
  });
  await gate.apply(readerRegistry(upstream.url), POLICIES);
  await gate.pin("data");
}, 60_000);

afterAll(async () => {
  await gate.close();
  await upstream.close();
});

const rule = (name: string): AlertRule => {
  const one = rules.find(({ alert }) => alert === name);
  if (one === undefined) throw new RangeError(`no alert ${name}`);
  return one;
};

/** What the first selectors of a rule come to now. */
async function condition(name: string): Promise<readonly number[]> {
  // What stands is collected anew after five seconds at the latest.
  const scraped: readonly Scraped[] = await scrape(metrics);
  return selectorsOf(rule(name).expr).map((selector) => found(selector, scraped));
}

describe("the alert rules that ship", () => {
  it("name only metrics and labels that the endpoint has, and values it can show", () => {
    const suffixes = /_(bucket|sum|count)$/;
    for (const { alert, expr } of rules) {
      expect(isBalanced(expr), alert).toBe(true);
      const selectors = selectorsOf(expr);
      expect(selectors.length, alert).toBeGreaterThan(0);
      for (const { name, matchers } of selectors) {
        if (name === "up") continue;
        const metric = METRIC_NAMES.find((one) => one === name || one === name.replace(suffixes, ""));
        expect(metric, `${alert}: ${name}`).toBeDefined();
        if (metric === undefined) continue;
        expect(metric !== name, `${alert}: ${name}`).toBe(METRICS[metric].kind === "histogram");
        for (const { label } of matchers)
          expect(METRICS[metric].labels, `${alert}: ${name}`).toContain(label);
      }
    }
  });

  it("ask for values that there are: a code, a verdict, a status, a kind of report", async () => {
    const sources: string[] = [];
    for await (const path of glob("packages/server/src/**/*.ts")) sources.push(await readFile(path, "utf8"));
    const written = sources.join("\n");
    const known: Readonly<Record<string, (value: string) => boolean>> = {
      code: (value) => value === "ok" || ERROR_CODES.some((code) => code === value),
      verdict: (value) => ["permit", "refuse"].includes(value),
      operation: (value) => ["tool", "resource", "prompt", "list", "other"].includes(value),
      status: (value) =>
        ["ok", "tool_error", "upstream_error", "timeout", "cancelled", "unknown"].includes(value),
      action: (value) => DECISION_ACTIONS.some((action) => action === value),
      kind: (value) => written.includes(`kind: "${value}"`),
      quantile: (value) => ["0.5", "0.99", "1"].includes(value),
      result: (value) => value.startsWith("dropped_"),
      job: () => true,
    };
    for (const { alert, expr } of rules) {
      for (const { label, value } of selectorsOf(expr).flatMap(({ matchers }) => matchers)) {
        for (const one of value.split("|"))
          expect(known[label]?.(one), `${alert}: ${label}=${one}`).toBe(true);
      }
    }
  });

  it("find a series to look at before anything has happened, where it is not about one that may be absent", async () => {
    const quiet = await scrape(metrics);
    // By agent, there where a release is in force.
    const mayBeAbsent = ["up", "narrowgate_release_drifted", "narrowgate_release_tools_left"];
    for (const { alert, expr } of rules) {
      for (const selector of singleSelectors(expr).filter(({ name }) => !mayBeAbsent.includes(name)))
        expect(seriesOf(selector, quiet).length, `${alert}: ${JSON.stringify(selector)}`).toBeGreaterThan(0);
    }
  });

  it("are each named once, have a severity, and a line of the runbook under their name", async () => {
    const page = await readFile(new URL("../../docs/monitoring.md", import.meta.url), "utf8");
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, severity, runbook } of rules) {
      expect(["page", "ticket"]).toContain(severity);
      expect(runbook).toBe(`docs/monitoring.md#${alert.toLowerCase()}`);
      expect(page).toMatch(new RegExp(`^### ${alert}\n\\S`, "m"));
    }
    const headings = [...page.matchAll(/^### (Narrowgate\w+)/gm)].map(([, name = ""]) => name);
    expect(headings.sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  it("move when the fault is there: a witness that is away", async () => {
    await vi.waitFor(async () => {
      const [behind = 0] = await condition("NarrowgateWitnessLate");
      expect(behind).toBeGreaterThan(0);
    }, 20_000);
    expect(await condition("NarrowgateNoWitness")).toEqual([1]);
    expect(await condition("NarrowgateWitnessRefused")).toEqual([0]);
  });

  it("move when the fault is there: a tool that is not what was approved", async () => {
    const session = openSession(await gate.join("reader"));
    const address = `${gate.issuer}/mcp/data`;
    await callTool(session, address, "query", {});
    const [before = 0] = await condition("NarrowgateToolChanged");
    const { registry } = gate.instance();
    const server = registry.server("data");
    if (server === undefined) throw new RangeError("no server");
    const definitions = await gate.instance().gateway.learnPins(server);
    const forged = definitions.map((one) => ({ ...one, digest: "A".repeat(43) }));
    const choices = forged.map(({ kind, name, digest }) => ({ kind, name, digest }));
    const operator = { operator: "A".repeat(22), jws: "signed.by.test" };
    await registry.approvePins({ server: "data", choices, definitions: forged }, operator);
    await expect(callTool(session, address, "query", {})).rejects.toMatchObject({ code: "tool_changed" });
    await gate.instance().evidence.flush();
    expect(await condition("NarrowgateToolChanged")).toEqual([before + 1]);
    const [refused = 0, all = 0] = await condition("NarrowgateRefusalSpike");
    expect(refused).toBeGreaterThan(0);
    expect(all).toBeGreaterThan(refused);
  });

  it("move when the fault is there: a token without its key, and a proof used twice", async () => {
    const [before = 0] = await condition("NarrowgateStolenTokens");
    const headers = { authorization: "Bearer stolen", accept: "application/json, text/event-stream" };
    await fetch(`${gate.issuer}/mcp/data`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
    });
    expect(await condition("NarrowgateStolenTokens")).toEqual([before + 1]);
    const [replays = 0] = await condition("NarrowgateReplays");
    const taken: { url: string; init: RequestInit }[] = [];
    const listening = openSession({
      ...(await gate.join("reader")),
    });
    const send = listening.fetchFor(`${gate.issuer}/mcp/data`);
    const real = globalThis.fetch;
    vi.spyOn(globalThis, "fetch").mockImplementation((url, init) => {
      taken.push({ url: String(url), init: init ?? {} });
      return real(url, init);
    });
    await send(`${gate.issuer}/mcp/data`, {
      method: "POST",
      headers: { accept: headers.accept, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
    });
    const last = taken.findLast(({ url }) => url.endsWith("/mcp/data"));
    await real(last?.url ?? "", last?.init ?? {});
    expect(await condition("NarrowgateReplays")).toEqual([replays + 1, 0]);
  });

  it("move when the fault is there: nothing grows while nothing is asked, and both while it is", async () => {
    const session = openSession(await gate.join("reader"));
    const address = `${gate.issuer}/mcp/data`;
    await gate.pin("data");
    const calls = async (): Promise<readonly number[]> => condition("NarrowgateLogNotGrowing");
    const before = await calls();
    await callTool(session, address, "query", {});
    await gate.instance().evidence.flush();
    await vi.waitFor(async () => {
      const after = await calls();
      expect(after[0]).toBe((before[0] ?? 0) + 1);
      expect(after[1]).toBeGreaterThan(before[1] ?? 0);
    }, 20_000);
  });

  it("move when the fault is there: the event loop is held up", async () => {
    const until = performance.now() + 600;
    while (performance.now() < until) Math.sqrt(until);
    await vi.waitFor(async () => {
      const scraped = await scrape(metrics);
      const worst = scraped.find(
        ({ name, labels }) => name === "narrowgate_event_loop_delay_seconds" && labels["quantile"] === "1",
      );
      expect(worst?.value).toBeGreaterThan(0.4);
    }, 20_000);
  });
});
