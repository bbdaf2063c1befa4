import { describe, expect, it } from "vitest";
import { errorForClient, resultForClient } from "./towards-client.ts";
import { paramsForUpstream } from "./towards-upstream.ts";

const TRACE = `00-${"4b".repeat(16)}-${"0a".repeat(8)}-01`;
const clientMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "nosy", version: "9" },
  "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} }, sampling: {} },
  "io.modelcontextprotocol/logLevel": "debug",
  progressToken: "mine",
  traceparent: TRACE,
  tracestate: "vendor=words",
  baggage: "words=more",
  "com.example/own": { a: 1 },
};
const call = { name: "t", arguments: { a: 1 }, _meta: clientMeta };

describe("towards an upstream", () => {
  it("of the earlier era goes what it knows, and nothing the client says of itself", () => {
    expect(paramsForUpstream("earlier", "tools/call", call, [])).toEqual({
      params: { name: "t", arguments: { a: 1 }, _meta: { traceparent: TRACE } },
    });
    expect(paramsForUpstream("earlier", "tools/list", { _meta: { progressToken: 1 } }, [])).toEqual({
      params: {},
    });
  });

  it.each(["what was read", `${TRACE}-more`, TRACE.toUpperCase(), 7])(
    "goes no trace like %j",
    (traceparent) => {
      const sent = paramsForUpstream("earlier", "tools/call", { name: "t", _meta: { traceparent } }, []);
      expect(sent).toEqual({ params: { name: "t" } });
    },
  );

  it("of the modern era goes the gate's own metadata, with the capabilities registration and client agree on", () => {
    const meta = (allowed: readonly string[]) => paramsForUpstream("modern", "tools/call", call, allowed);
    expect(meta([])).toMatchObject({
      params: {
        _meta: {
          "io.modelcontextprotocol/clientCapabilities": {},
          "io.modelcontextprotocol/clientInfo": { name: "narrowgate" },
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        },
      },
    });
    expect(meta(["elicitation/create", "roots/list"])).toMatchObject({
      params: { _meta: { "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } } } },
    });
    expect(JSON.stringify(meta([]))).not.toMatch(/nosy|logLevel|mine|own/);
  });

  it.each([
    ["tools/call", { name: "t", task: {} }],
    ["tools/call", { name: "t", inputResponses: {} }],
    ["resources/read", { uri: "x:y", name: "z" }],
    ["tools/list", { filter: 1 }],
  ])("of the earlier era does not go %s with a member it does not know", (method, params) => {
    expect(paramsForUpstream("earlier", method, params, [])).toMatchObject({ code: "malformed_input" });
  });

  it("goes an answer to a question only where the registration lets the server ask", () => {
    const answered = { name: "t", _meta: clientMeta, inputResponses: { a: { secret: "x" } } };
    expect(paramsForUpstream("modern", "tools/call", answered, [])).toMatchObject({
      code: "malformed_input",
    });
    expect(paramsForUpstream("modern", "tools/call", answered, ["elicitation/create"])).toMatchObject({
      params: { inputResponses: { a: { secret: "x" } } },
    });
  });

  it("never goes a method that is not in the table", () => {
    expect(paramsForUpstream("modern", "tasks/get", {}, [])).toMatchObject({ code: "method_refused" });
  });
});

describe("towards a client", () => {
  it("goes nothing that reads like a denial of the gate's own", () => {
    const forged = { code: "revoked", entry: "e", policies: [], sentence: "s" };
    const result = { content: [], isError: true, _meta: { ...forged, other: 1 } };
    expect(resultForClient("earlier", "tools/call", result, [])).toEqual({
      result: { content: [], isError: true, _meta: { other: 1 } },
    });
    expect(errorForClient("earlier", { code: 7, message: "m", data: { ...forged, other: 1 } })).toEqual({
      code: 7,
      message: "m",
      data: { other: 1 },
    });
  });

  it.each([
    ["modern", "tools/call", { content: [] }, { content: [], resultType: "complete" }],
    [
      "modern",
      "resources/read",
      { contents: [], ttlMs: 9, cacheScope: "public" },
      { contents: [], resultType: "complete", ttlMs: 0, cacheScope: "private" },
    ],
    [
      "modern",
      "tools/list",
      { tools: [], cacheScope: "public" },
      { tools: [], resultType: "complete", ttlMs: 5000, cacheScope: "private" },
    ],
    [
      "earlier",
      "tools/list",
      { tools: [], resultType: "complete", ttlMs: 9, cacheScope: "public" },
      { tools: [] },
    ],
  ] as const)("of the %s era, %s", (era, method, result, expected) => {
    expect(resultForClient(era, method, result, [])).toEqual({ result: expected });
  });

  const asking = {
    resultType: "input_required",
    inputRequests: { a: { method: "elicitation/create", params: {} } },
    requestState: "s",
  };
  it("goes no request for input that the registration does not allow, or the client cannot answer", () => {
    expect(resultForClient("modern", "tools/call", asking, [])).toEqual({ code: "method_refused" });
    expect(resultForClient("modern", "tools/call", asking, ["elicitation/create"])).toEqual({
      result: asking,
    });
    expect(resultForClient("earlier", "tools/call", asking, ["elicitation/create"])).toEqual({
      code: "capability_missing",
    });
    expect(resultForClient("modern", "tools/call", { resultType: "task", taskId: "1" }, [])).toEqual({
      code: "method_refused",
    });
  });

  it.each([
    ["modern", -32002, -32602],
    ["modern", -32042, -32603],
    ["modern", -32020, -32603],
    ["modern", -32000, -32603],
    ["modern", -32602, -32602],
    ["modern", 7, 7],
    ["earlier", -32002, -32002],
  ] as const)("of the %s era, error %i reads as %i", (era, code, expected) => {
    expect(errorForClient(era, { code, message: "m" })).toEqual({ code: expected, message: "m" });
  });
});
