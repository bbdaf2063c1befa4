import { afterEach, describe, expect, it } from "vitest";
import {
  type Composed,
  type ComposeOptions,
  compose,
  operation,
} from "../../test/gateway/composed-gateway.ts";
import { eventually } from "../../test/gateway/eventually.ts";
import { modern, send } from "../../test/gateway/governed-fetch.ts";
import { type HttpServer, startEarlierServer, startModernServer } from "../../test/gateway/http-servers.ts";
import { call, outcomeOf } from "../../test/gateway/scripted-server.ts";

let gate: Composed;
let upstream: HttpServer;
afterEach(async () => {
  await gate.close();
  await upstream.close();
});

async function open(
  server: HttpServer,
  tools: readonly string[],
  { effect = "read", ...over }: Omit<ComposeOptions, "servers"> & { effect?: "read" | "write" } = {},
): Promise<void> {
  upstream = server;
  const http = { transport: "http", url: server.url, auth: "none" } as const;
  const records = tools.map((name) => operation(name, { effect }));
  gate = await compose({ servers: [{ id: "scripted", upstream: http, tools: records }], ...over });
  await gate.approve("scripted");
}

async function messages(response: Response): Promise<unknown[]> {
  const text = await response.text();
  return text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => JSON.parse(event.slice(event.indexOf("data: ") + 6)));
}

const withProgress = modern("tools/call", { name: "steps", arguments: {}, _meta: { progressToken: "mine" } });

describe("an upstream of the modern era over HTTP", () => {
  it("is called with its own metadata and mirrored headers, and never with the caller's token", async () => {
    await open(await startModernServer(), ["query"]);
    const request = modern("tools/call", { name: "query", arguments: { region: "\u00e9u" } });
    const token = gate.token("scripted");
    const missing = await send(gate, "scripted", { token, ...request });
    expect([missing.status, (await missing.json()).error.code]).toEqual([400, -32020]);
    const headers = { ...request.headers, "Mcp-Param-Region": "=?base64?w6l1?=" };
    const response = await send(gate, "scripted", { token, ...request, headers });
    expect(await response.json()).toMatchObject({
      result: { resultType: "complete", content: [{ text: "from \u00e9u" }] },
    });
    const last = upstream.seen.findLast((one) => one["mcp-method"] === "tools/call");
    expect(last).toMatchObject({
      "mcp-name": "query",
      "mcp-param-region": "=?base64?w6l1?=",
      "mcp-protocol-version": "2026-07-28",
    });
    for (const one of upstream.seen) expect(one).not.toHaveProperty("authorization");
  });

  it("streams progress under the caller's own token, then the answer", async () => {
    await open(await startModernServer(), ["steps"]);
    const response = await send(gate, "scripted", { token: gate.token("scripted"), ...withProgress });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await messages(response)).toMatchObject([
      { method: "notifications/progress", params: { progressToken: "mine", progress: 1 } },
      { method: "notifications/progress", params: { progressToken: "mine", progress: 2 } },
      { id: 1, result: { content: [{ text: "stepped" }] } },
    ]);
  });

  it("is told when the client goes, and the outcome says cancelled", async () => {
    const server = await startModernServer();
    await open(server, ["wait"]);
    const abort = new AbortController();
    const request = modern("tools/call", { name: "wait", arguments: {} });
    const answer = send(gate, "scripted", {
      token: gate.token("scripted"),
      signal: abort.signal,
      ...request,
    });
    await eventually(() => upstream.seen.some((one) => one["mcp-name"] === "wait")).toBe(true);
    abort.abort();
    await expect(answer).rejects.toThrow();
    await eventually(() => server.aborted).toBe(1);
    await eventually(() => gate.log.of("outcome").at(-1)?.draft.body["status"]).toBe("cancelled");
  });

  it("is left when the caller's authority is revoked while it works", async () => {
    const server = await startModernServer();
    await open(server, ["wait"]);
    const answer = call(gate, "wait");
    await eventually(() => upstream.seen.some((one) => one["mcp-name"] === "wait")).toBe(true);
    gate.revoke("mandate");
    expect(outcomeOf(await answer)).toBe("revoked");
    await eventually(() => server.aborted).toBe(1);
  });
});

describe("an upstream of the earlier era over HTTP", () => {
  it("serves modern clients through one session of the gate", async () => {
    await open(await startEarlierServer(), ["greet", "steps"]);
    const answers = await Promise.all([call(gate, "greet"), call(gate, "greet")]);
    expect(answers.map(({ body }) => body.result)).toEqual(
      Array(2).fill({ resultType: "complete", content: [{ type: "text", text: "hello from greet" }] }),
    );
    expect(
      new Set(upstream.seen.map((one) => one["mcp-session-id"]).filter((id) => id !== undefined)).size,
    ).toBe(1);
    const response = await send(gate, "scripted", { token: gate.token("scripted"), ...withProgress });
    expect(await messages(response)).toMatchObject([
      { params: { progressToken: "mine", progress: 1 } },
      { result: {} },
    ]);
  });
});

describe("an upstream that trusts our issuer", () => {
  const http = (url: string) => ({ transport: "http", url, auth: "exchanged" }) as const;

  const claimsOf = (authorization: unknown) =>
    JSON.parse(Buffer.from(String(authorization).split(".")[1] ?? "", "base64url").toString("utf8"));

  it("of the earlier era has a session for each caller, opened with that caller's token and never with the agent's", async () => {
    upstream = await startEarlierServer();
    gate = await compose({
      servers: [{ id: "scripted", upstream: http(upstream.url), tools: [operation("greet")] }],
      exchanges: true,
    });
    await gate.approve("scripted");
    const token = gate.token("scripted");
    const calls = [call(gate, "greet", {}, { token }), call(gate, "greet", {}, { token })];
    expect((await Promise.all(calls)).map(outcomeOf)).toEqual(["hello from greet", "hello from greet"]);
    const seen = upstream.seen.map((headers) => ({
      headers,
      claims: claimsOf(headers["authorization"]),
    }));
    expect(seen.every(({ headers }) => headers["authorization"] !== `DPoP ${token}`)).toBe(true);
    expect(new Set(seen.map(({ headers }) => headers["dpop"])).size).toBe(seen.length);
    const sessionsOf = (isOwn: boolean) =>
      new Set(
        seen
          .filter(({ claims }) => (claims.sub === claims.client_id) === isOwn)
          .map((one) => one.headers["mcp-session-id"]),
      );
    const own = sessionsOf(true);
    for (const id of sessionsOf(false)) if (id !== undefined) expect(own.has(id)).toBe(false);
    // Each call: decision, token and dispatch side by side, in one group.
    const kinds = gate.log.leaves
      .filter(({ draft }) => draft.txn !== undefined)
      .map(({ draft }) => draft.type);
    expect(kinds.join(" ")).toMatch(/decision token dispatch/);
    expect(gate.log.of("token").filter(({ draft }) => draft.body["mode"] === "rebind").length).toBe(2);
  });

  it("gets nothing when its token cannot be put on record", async () => {
    upstream = await startEarlierServer();
    gate = await compose({
      servers: [{ id: "scripted", upstream: http(upstream.url), tools: [operation("greet")] }],
      exchanges: true,
    });
    await gate.approve("scripted");
    const before = upstream.seen.length;
    gate.log.failing = true;
    expect(outcomeOf(await call(gate, "greet"))).toBe("evidence_unavailable");
    expect(
      upstream.seen.slice(before).every(({ authorization }) => claimsOf(authorization).act === undefined),
    ).toBe(true);
  });

  it("is not spoken to without such a token", async () => {
    upstream = await startEarlierServer();
    gate = await compose({
      servers: [{ id: "scripted", upstream: http(upstream.url), tools: [operation("greet")] }],
    });
    expect(outcomeOf(await call(gate, "greet"))).toBe("upstream_unavailable");
    expect(upstream.seen).toEqual([]);
  });
});

describe("an upstream that is not there, or not what it should be", () => {
  it("is unavailable", async () => {
    const server = await startEarlierServer();
    await open(server, ["greet"]);
    await server.close();
    const answer = await call(gate, "greet");
    expect(outcomeOf(answer)).toBe("upstream_unavailable");
    expect(gate.log.of("outcome").length).toBe(gate.log.of("dispatch").length);
  });
});

describe("the body is signed where it matters", () => {
  it.each([
    ["a write outside dev", "staging", "T2", "write", false],
    ["a read outside dev", "staging", "T2", "read", true],
    ["a write in dev", "dev", "T2", "write", true],
    ["a read of tier T3", "dev", "T3", "read", false],
  ] as const)("%s", async (...row) => {
    const [, env, tier, effect, passesUnsigned] = row;
    await open(await startEarlierServer(), ["greet"], { env, tier, effect });
    const unsigned = await call(gate, "greet");
    expect(outcomeOf(unsigned)).toBe(passesUnsigned ? "hello from greet" : "body_signature_required");
    if (!passesUnsigned)
      expect([unsigned.status, unsigned.headers.get("www-authenticate")]).toEqual([
        401,
        expect.stringContaining("invalid_dpop_proof"),
      ]);
    expect(outcomeOf(await call(gate, "greet", {}, { signBody: true }))).toBe("hello from greet");
  });
});
