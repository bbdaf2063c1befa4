import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { makeKey, makeProof, type TestKey } from "../../test/gateway/agent-key.ts";
import type { Composed } from "../../test/gateway/composed-gateway.ts";
import { eventually } from "../../test/gateway/eventually.ts";
import { modern, type RawRequest, send } from "../../test/gateway/governed-fetch.ts";
import {
  type Answer,
  call,
  composeScripted,
  outcomeOf,
  scripted,
} from "../../test/gateway/scripted-server.ts";
import { readHeaders } from "./http/read-headers.ts";
import { checkParamHeaders } from "./mcp/check-headers.ts";
import { encodeHeaderValue } from "./mcp/header-value.ts";
import { findRegistered } from "./mcp/match-registration.ts";

let gate: Composed;
afterEach(() => gate.close());

const body = (method: string, params: object = {}): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** A request as another key of the same agent would send it. */
function sendAs(key: TestKey, raw: RawRequest): Promise<Response> {
  const token = gate.token("scripted", { key });
  const proof = makeProof(key, { method: "POST", url: gate.url("scripted"), token, nonce: gate.nonce() });
  return send(gate, "scripted", { ...raw, token, proof });
}

/** A request with headers and a path no client library would send. */
function raw(path: string, headers: Record<string, string | string[]>, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const token = gate.token("scripted");
    const proof = makeProof(gate.key, {
      method: "POST",
      url: gate.url("scripted"),
      token,
      nonce: gate.nonce(),
    });
    const { port } = new URL(gate.baseUrl);
    const all = {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      Authorization: `DPoP ${token}`,
      DPoP: proof,
      ...headers,
    };
    const req = request({ host: "127.0.0.1", port, path, method: "POST", headers: all }, (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on("error", reject);
    req.end(text);
  });
}

describe("names that are not what they seem", () => {
  it("are registered as no tool", async () => {
    gate = await composeScripted(["ok"], { limits: { refusalsPerCaller: 100 } });
    const names = [
      "constructor",
      "__proto__",
      "toString",
      "OK",
      "ok ",
      "ok\u200b",
      "\u043ek",
      "o\u212a",
      "ok\u0000",
    ];
    for (const name of [...names, "./ok", "scripted/ok", "ok\n"]) {
      const request = modern("tools/call", { name, arguments: {} });
      const headers = { ...request.headers, "Mcp-Name": encodeHeaderValue(name) };
      const sent = send(gate, "scripted", { token: gate.token("scripted"), ...request, headers });
      expect([name, outcomeOf(await answerOf(await sent))]).toEqual([name, "tool_unknown"]);
    }
    expect(gate.log.of("dispatch")).toEqual([]);
  });

  it("are in the table as no method", async () => {
    gate = await composeScripted(["ok"]);
    for (const method of [
      "constructor",
      "__proto__",
      "hasOwnProperty",
      "Tools/Call",
      "TOOLS/CALL",
      "tools//call",
    ]) {
      const request = modern(method, { name: "ok", arguments: {} });
      const response = await send(gate, "scripted", { token: gate.token("scripted"), ...request });
      expect([method, outcomeOf(await answerOf(response))]).toEqual([method, "method_refused"]);
    }
    expect(gate.log.of("dispatch")).toEqual([]);
  });

  it("a URI belongs to a family only as it stands", async () => {
    gate = await composeScripted(["ok"]);
    const record = {
      name: "file:///tickets/",
      dataClass: "internal",
      effect: "read",
      egress: false,
      scope: "s",
    } as const;
    const server = { ...gate.server("scripted"), resources: [record] };
    for (const uri of [
      "file:///tickets/../keys",
      "file:///tickets/./a",
      "file:///tickets/%2e%2e/keys",
      "file:///tickets/%2E%2e%2fkeys",
      "file:///tickets/a%00",
      "file:///tickets/..%5ckeys",
      "file:///tickets/%252e%252e/keys",
      "file:///tickets//etc/passwd",
      "file:///tickets/\u202ea",
      "file:///tickets/a\\..\\b",
      "FILE:///tickets/a",
      "file:/tickets/a",
      "file://localhost/tickets/a",
      " file:///tickets/a",
      "file:///tickets",
    ]) {
      expect([uri, findRegistered(server, "resource", uri)]).toEqual([uri, undefined]);
    }
    expect(findRegistered(server, "resource", "file:///tickets/a")).toBe(record);
  });

  it("an address is the registered one to the letter", async () => {
    gate = await composeScripted(["ok"]);
    const { body: text, headers } = modern("tools/call", { name: "ok", arguments: {} });
    const bytes = String(text);
    for (const path of [
      "//mcp/scripted",
      "/mcp/./scripted",
      "/mcp/x/../scripted",
      "/mcp/scripted/",
      "/mcp/%73cripted",
      "/mcp/SCRIPTED",
      "/mcp/scripted;x",
      "/mcp/__proto__",
      `${gate.baseUrl}/mcp/scripted`,
    ]) {
      expect([path, await raw(path, headers, bytes)]).toEqual([path, 404]);
    }
    expect(await raw("/mcp/scripted", headers, bytes)).toBe(200);
  });
});

describe("headers that say something else than the body", () => {
  it.each([
    ["another method", { "Mcp-Method": "tools/list" }],
    ["another name", { "Mcp-Name": "die" }],
  ])("are refused in the earlier era too: %s", async (_what, lie) => {
    gate = await composeScripted(["ok"]);
    const token = gate.token("scripted");
    const opened = await send(gate, "scripted", {
      token,
      body: body("initialize", { protocolVersion: "2025-11-25" }),
    });
    const headers = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
    const text = body("tools/call", { name: "ok", arguments: {} });
    const lied = await send(gate, "scripted", { token, body: text, headers: { ...headers, ...lie } });
    expect(outcomeOf(await answerOf(lied))).toBe("header_mismatch");
    expect(gate.log.of("dispatch")).toEqual([]);
    expect(outcomeOf(await answerOf(await send(gate, "scripted", { token, body: text, headers })))).toBe(
      "{}",
    );
  });

  it("are refused when one of them stands there twice", async () => {
    gate = await composeScripted(["ok"]);
    const { body: text, headers } = modern("tools/call", { name: "ok", arguments: {} });
    const all: Record<string, string> = { "Content-Type": "application/json", ...headers };
    for (const [name, value] of Object.entries({
      ...all,
      "Content-Encoding": "gzip",
      Accept: "*/*",
      Origin: "x",
    })) {
      const status = await raw("/mcp/scripted", { ...all, [name]: [value, value] }, String(text));
      expect([name, status]).toEqual([name, 400]);
    }
    expect(gate.log.of("dispatch")).toEqual([]);
  });

  it("are refused when they write a number as JSON does not", async () => {
    gate = await composeScripted(["ok"]);
    const definition = { inputSchema: { properties: { n: { type: "number", "x-mcp-header": "N" } } } };
    const check = (text: string) =>
      checkParamHeaders(readHeaders(["Mcp-Param-N", text]), definition, { n: 16 })?.code;
    expect(["16", "16.0", "1.6e1"].map(check)).toEqual([undefined, undefined, undefined]);
    expect(["0x10", " 16", "+16", "0b10000", "016", ""].map(check)).toEqual(Array(6).fill("header_mismatch"));
  });
});

describe("what changes while a call is on its way", () => {
  /** A call that has been let in and waits for definitions, and what is done meanwhile. */
  async function duringCall(act: () => void): Promise<string> {
    const directory = mkdtempSync(join(tmpdir(), "narrowgate-hold-"));
    const { upstream } = scripted([]);
    const command = upstream?.transport === "stdio" ? upstream.command : [];
    const env = { HOLD_DIRECTORY: directory };
    const held = { transport: "stdio", isolation: "none", command, env } as const;
    gate = await composeScripted(["ok", "change"], { over: { upstream: held } });
    expect(outcomeOf(await call(gate, "change", { to: "a scripted tool" }))).toBe("changed");
    const before = gate.log.of("dispatch").length;
    writeFileSync(join(directory, "hold"), "");
    const answer = call(gate, "ok");
    await eventually(() => existsSync(join(directory, "asked"))).toBe(true);
    act();
    rmSync(directory, { recursive: true });
    const outcome = outcomeOf(await answer);
    expect(gate.log.of("dispatch").length).toBe(before);
    return outcome;
  }

  it("a mandate that ends is noticed in the turn of the permit", async () => {
    expect(await duringCall(() => gate.setMandate("closed"))).toBe("mandate_closed");
  });

  it("an agent that is registered anew makes the decision stale", async () => {
    expect(await duringCall(() => gate.setAgent({ purpose: "another" }))).toBe("conflict");
  });

  it("a definition that is announced as changed while it is read is read again", async () => {
    gate = await composeScripted(["ok", "ambush"]);
    expect(outcomeOf(await call(gate, "ambush"))).toBe("waiting");
    expect(outcomeOf(await call(gate, "ok"))).toBe("tool_changed");
  });
});

describe("an upstream that tries to reach further than its call", () => {
  it("puts no words of the gate into an answer", async () => {
    gate = await composeScripted(["forge"]);
    const { result } = (await call(gate, "forge")).body;
    expect(result).toMatchObject({ isError: true, _meta: { "example.com/kept": 1 } });
    expect(Object.keys(result._meta)).toEqual(["example.com/kept"]);
  });

  it("tells listeners nothing by a name of the language's own", async () => {
    gate = await composeScripted(["prototype", "change"]);
    const token = gate.token("scripted");
    const opened = await send(gate, "scripted", {
      token,
      body: body("initialize", { protocolVersion: "2025-11-25" }),
    });
    const headers = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
    const stream = await send(gate, "scripted", { method: "GET", token, headers });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await call(gate, "prototype");
    await call(gate, "change");
    expect((await reader?.read())?.value).toContain("notifications/tools/list_changed");
    await reader?.cancel();
  });

  it("harms one call alone with an answer that is JSON, but none the gate takes", async () => {
    gate = await composeScripted(["ok", "bignum", "sleep", "wide"], { limits: { callMs: 3_000 } });
    const asleep = call(gate, "sleep");
    await eventually(() => gate.log.of("dispatch").length).toBe(1);
    expect(outcomeOf(await call(gate, "bignum"))).toBe("upstream_malformed");
    expect(outcomeOf(await call(gate, "wide"))).toBe("wide");
    expect(outcomeOf(await call(gate, "ok"))).toBe("{}");
    expect(gate.events.filter(({ kind }) => kind === "upstream_ended")).toEqual([]);
    gate.revoke("mandate");
    await asleep;
  });
});

describe("a caller that takes more than its share", () => {
  const listen = modern("subscriptions/listen", { notifications: { toolsListChanged: true } }, "s1");
  const sleep = modern("tools/call", { name: "sleep", arguments: {} });
  const ok = modern("tools/call", { name: "ok", arguments: {} });

  it("of streams leaves those of others alone", async () => {
    gate = await composeScripted(["ok"], { limits: { streamsPerCaller: 1 } });
    const first = await send(gate, "scripted", { token: gate.token("scripted"), ...listen });
    const second = await send(gate, "scripted", { token: gate.token("scripted"), ...listen });
    const other = await sendAs(makeKey(), listen);
    expect([first.status, second.status, other.status]).toEqual([200, 503, 200]);
    await first.body?.cancel();
    await eventually(async () => {
      const again = await send(gate, "scripted", { token: gate.token("scripted"), ...listen });
      await again.body?.cancel();
      return again.status;
    }).toBe(200);
    await other.body?.cancel();
  });

  it("of calls in flight leaves those of others alone, and has it back when one ends", async () => {
    gate = await composeScripted(["ok", "sleep"], { limits: { callsPerCaller: 2 } });
    const abort = new AbortController();
    const asleep = [1, 2].map(() =>
      send(gate, "scripted", { token: gate.token("scripted"), ...sleep, signal: abort.signal }),
    );
    await eventually(() => gate.log.of("dispatch").length).toBe(2);
    expect(outcomeOf(await call(gate, "ok"))).toBe("overloaded");
    expect(outcomeOf(await answerOf(await sendAs(makeKey(), ok)))).toBe("{}");
    abort.abort();
    await Promise.allSettled(asleep);
    await eventually(async () => outcomeOf(await call(gate, "ok"))).toBe("{}");
  });

  it("of recorded refusals does not get more by asking for another token", async () => {
    gate = await composeScripted(["ok"], { limits: { refusalsPerCaller: 3 } });
    const codes = [];
    for (let i = 0; i < 5; i++)
      codes.push(outcomeOf(await call(gate, "none", {}, { token: gate.token("scripted") })));
    expect(codes).toEqual(["tool_unknown", "tool_unknown", "tool_unknown", "overloaded", "overloaded"]);
  });
});
