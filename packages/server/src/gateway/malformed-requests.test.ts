import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Composed } from "../../test/gateway/composed-gateway.ts";
import { modern, type RawRequest, send } from "../../test/gateway/governed-fetch.ts";
import { composeScripted } from "../../test/gateway/scripted-server.ts";

const good = modern("tools/call", { name: "ok", arguments: { a: 1 } });
const bodyWith = (params: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}},"name":"ok",${params}}}`;

/** What is sent, and what it is answered with: HTTP status, JSON-RPC code, code of the catalogue. */
const table: readonly (readonly [string, RawRequest, number, number, string])[] = [
  ["text that is not JSON", { ...good, body: "nonsense" }, 400, -32700, "malformed_json"],
  ["an empty body", { ...good, body: "" }, 400, -32700, "malformed_json"],
  ["JSON with a tail", { ...good, body: `${good.body} {}` }, 400, -32700, "malformed_json"],
  [
    "bytes that are not UTF-8",
    { ...good, body: new Uint8Array([0x22, 0xff, 0x22]) },
    400,
    -32700,
    "malformed_json",
  ],
  [
    "a duplicate member",
    { ...good, body: bodyWith('"arguments":{"a":1,"a":2}') },
    400,
    -32700,
    "malformed_json",
  ],
  [
    "a duplicate name written with an escape",
    { ...good, body: bodyWith('"arguments":{"a":1,"\\u0061":2}') },
    400,
    -32700,
    "malformed_json",
  ],
  [
    "a lone surrogate",
    { ...good, body: bodyWith('"arguments":{"a":"\\ud800"}') },
    400,
    -32700,
    "malformed_json",
  ],
  [
    "a number no double holds",
    { ...good, body: bodyWith('"arguments":{"a":9007199254740993}') },
    400,
    -32700,
    "malformed_json",
  ],
  ["an infinity", { ...good, body: bodyWith('"arguments":{"a":1e999}') }, 400, -32700, "malformed_json"],
  [
    "nesting that is too deep",
    { ...good, body: bodyWith(`"arguments":{"a":${"[".repeat(60)}${"]".repeat(60)}}`) },
    400,
    -32700,
    "malformed_json",
  ],
  [
    "a body that is too large",
    { ...good, body: bodyWith(`"arguments":{"a":"${"x".repeat(20_000)}"}`) },
    413,
    -32600,
    "request_too_large",
  ],
  ["a batch", { ...good, body: `[${good.body}]` }, 400, -32600, "invalid_request"],
  ["a bare value", { ...good, body: "7" }, 400, -32600, "invalid_request"],
  ["an answer", { ...good, body: '{"jsonrpc":"2.0","id":1,"result":{}}' }, 400, -32600, "invalid_request"],
  [
    "another version of JSON-RPC",
    { ...good, body: '{"jsonrpc":"1.0","id":1,"method":"tools/call"}' },
    400,
    -32600,
    "invalid_request",
  ],
  [
    "an unknown member beside the message's own",
    { ...good, body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","x":1}' },
    400,
    -32600,
    "invalid_request",
  ],
  [
    "a null id",
    { ...good, body: '{"jsonrpc":"2.0","id":null,"method":"tools/call"}' },
    400,
    -32600,
    "invalid_request",
  ],
  [
    "a fractional id",
    { ...good, body: '{"jsonrpc":"2.0","id":1.5,"method":"tools/call"}' },
    400,
    -32600,
    "invalid_request",
  ],
  [
    "params that are a list",
    { ...good, body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}' },
    400,
    -32600,
    "invalid_request",
  ],
  [
    "another content type",
    { ...good, headers: { ...good.headers, "Content-Type": "text/plain" } },
    415,
    -32600,
    "invalid_request",
  ],
  [
    "a coded body",
    { ...good, headers: { ...good.headers, "Content-Encoding": "gzip" } },
    415,
    -32600,
    "invalid_request",
  ],
  [
    "a client that takes JSON alone",
    { ...good, headers: { ...good.headers, Accept: "application/json" } },
    406,
    -32600,
    "invalid_request",
  ],
  [
    "a page of another origin",
    { ...good, headers: { ...good.headers, Origin: "https://evil.test" } },
    403,
    -32600,
    "origin_refused",
  ],
  [
    "no Mcp-Method",
    { ...good, headers: { ...good.headers, "Mcp-Method": null } as never },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "another Mcp-Method",
    { ...good, headers: { ...good.headers, "Mcp-Method": "tools/list" } },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "an Mcp-Method in capitals",
    { ...good, headers: { ...good.headers, "Mcp-Method": "TOOLS/CALL" } },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "no Mcp-Name",
    { ...good, headers: { ...good.headers, "Mcp-Name": null } as never },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "another Mcp-Name",
    { ...good, headers: { ...good.headers, "Mcp-Name": "die" } },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "an Mcp-Name coded as another",
    { ...good, headers: { ...good.headers, "Mcp-Name": "=?base64?ZGll?=" } },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "an Mcp-Name with broken coding",
    { ...good, headers: { ...good.headers, "Mcp-Name": "=?base64?b2s?=" } },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "no version header",
    { ...good, headers: { ...good.headers, "MCP-Protocol-Version": null } as never },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "a version header of the earlier era",
    { ...good, headers: { ...good.headers, "MCP-Protocol-Version": "2025-11-25" } },
    400,
    -32020,
    "header_mismatch",
  ],
  [
    "an unknown version",
    {
      body: good.body?.toString().replace("2026-07-28", "1900-01-01") ?? "",
      headers: { ...good.headers, "MCP-Protocol-Version": "1900-01-01" },
    },
    400,
    -32022,
    "protocol_version_unsupported",
  ],
  [
    "no client capabilities",
    { ...good, body: good.body?.toString().replace("clientCapabilities", "other") ?? "" },
    400,
    -32602,
    "malformed_input",
  ],
  [
    "a member of params nobody knows",
    { ...good, body: bodyWith('"arguments":{},"task":{}') },
    400,
    -32602,
    "malformed_input",
  ],
  [
    "arguments that are a list",
    { ...good, body: bodyWith('"arguments":[]') },
    400,
    -32602,
    "malformed_input",
  ],
  ["an unknown method", modern("tools/destroy"), 404, -32601, "method_refused"],
  ["a method of the earlier era in the modern one", modern("ping"), 404, -32601, "method_refused"],
  ["a task", modern("tasks/get", { taskId: "1" }), 404, -32601, "method_refused"],
  [
    "a message without a session in the earlier era",
    { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' },
    400,
    -32600,
    "invalid_request",
  ],
  [
    "a session nobody opened",
    { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', headers: { "Mcp-Session-Id": "guess" } },
    404,
    -32602,
    "not_found",
  ],
];

describe("what is not well formed is refused", () => {
  let gate: Composed;
  beforeAll(async () => {
    gate = await composeScripted(["ok"], { limits: { bodyBytes: 10_000, receiveMs: 2_000 } });
  });
  afterAll(() => gate.close());

  it.each(table)("%s", async (...row) => {
    const [, request, status, rpc, code] = row;
    const token = gate.token("scripted");
    const response = await send(gate, "scripted", { token, ...request });
    const body = JSON.parse(await response.text());
    expect({ status: response.status, rpc: body.error?.code, code: body.error?.data?.code }).toEqual({
      status,
      rpc,
      code,
    });
    expect(gate.log.of("dispatch")).toEqual([]);
  });

  it("names the versions it speaks to a client of an unknown one", async () => {
    const [, request] = table.find(([what]) => what === "an unknown version") ?? [];
    const response = await send(gate, "scripted", { token: gate.token("scripted"), ...request });
    expect(await response.json()).toMatchObject({
      error: {
        data: {
          supported: ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
          requested: "1900-01-01",
        },
      },
    });
  });

  it("takes a name in base64, and GET only with a session", async () => {
    const named = { ...good, headers: { ...good.headers, "Mcp-Name": "=?base64?b2s=?=" } };
    const response = await send(gate, "scripted", { token: gate.token("scripted"), ...named });
    expect(response.status).toBe(200);
    const get = await send(gate, "scripted", { method: "GET", token: gate.token("scripted") });
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect(
      (await send(gate, "scripted", { method: "PUT", token: gate.token("scripted"), body: "{}" })).status,
    ).toBe(405);
  });

  it("does not wait for a body that does not come", async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = {
        ...good.headers,
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        "Content-Length": "100",
      };
      const req = request(gate.url("scripted"), { method: "POST", headers });
      req.on("response", (res) => {
        res.resume();
        resolve(res.statusCode);
        req.destroy();
      });
      req.on("error", reject);
      req.write("{");
    });
    expect(status).toBe(408);
  });

  it("knows no server that is not registered, and no path below one", async () => {
    expect((await send(gate, "scripted/x", good)).status).toBe(404);
    expect((await fetch(`${gate.baseUrl}/mcp/none`, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${gate.url("scripted")}?access_token=x`, { method: "POST" })).status).toBe(404);
  });
});
