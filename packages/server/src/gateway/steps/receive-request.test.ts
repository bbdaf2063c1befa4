import { beforeEach, describe, expect, it } from "vitest";
import { type Opening, openExchange } from "../../../test/gateway/step-stages.ts";
import { type StepWorld, stepWorld } from "../../../test/gateway/step-world.ts";
import type { Exchange, Received } from "../stages.ts";
import { checkDoor, receiveRequest } from "./receive-request.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld({ allowedOrigins: ["https://console.example"] });
});

const wanted = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

async function receive(
  { headers = {}, raw, body = JSON.stringify(ping) }: Opening = {},
  limits: Parameters<typeof stepWorld>[0] = {},
) {
  const deps = limits.limits === undefined ? world.room.deps : (await stepWorld(limits)).room.deps;
  const { exchange } = openExchange(world, {
    headers: { ...wanted, ...headers },
    ...(raw === undefined ? {} : { raw }),
    body,
  });
  return { exchange, outcome: await receiveRequest(deps)(exchange) };
}
const outcomeOf = async (...given: Parameters<typeof receive>) => (await receive(...given)).outcome;
const say = (message: object, headers: Record<string, string> = {}) =>
  receive({ headers, body: JSON.stringify(message) });

describe("the door", () => {
  const door = (headers: Record<string, string>, raw: string[] = []) =>
    checkDoor(openExchange(world, { headers, raw }).exchange.headers, world.room.deps.allowedOrigins);

  it("lets in whoever sends each header once, from no browser or one that may", () => {
    expect(door({})).toBeUndefined();
    expect(door({ origin: "https://console.example" })).toBeUndefined();
  });

  it("turns away other origins", () => {
    expect(door({ origin: "https://other.example" })).toMatchObject({ code: "origin_refused" });
  });

  it.each([
    ...["accept", "authorization", "content-encoding", "content-length", "content-type"],
    ...["mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id", "origin"],
  ])("turns away two of %s, by name", (name) => {
    expect(door({ [name]: "a" }, [name, "b"])).toEqual({
      kind: "refusal",
      code: "invalid_request",
      sentence: `The header ${name} was sent twice.`,
    });
  });

  it("turns away two proofs as no proof", () => {
    expect(door({ dpop: "a" }, ["dpop", "b"])).toMatchObject({ code: "invalid_dpop_proof" });
  });

  it("does not mind two of any other header", () => {
    expect(door({ "x-other": "a" }, ["x-other", "b"])).toBeUndefined();
  });

  it("is asked before the body is read", async () => {
    expect(await outcomeOf({ headers: { origin: "https://other.example" }, body: "{" })).toMatchObject({
      code: "origin_refused",
    });
  });
});

describe("the form of a request", () => {
  it.each([
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    "application/json  ;  charset=UTF-8  ",
    "application/json ",
  ])("may be %s", async (type) => {
    expect(await outcomeOf({ headers: { "content-type": type } })).toMatchObject({ era: "earlier" });
  });

  it.each([
    "",
    "text/plain",
    "application/json; charset=latin1",
    "application/jsonl",
    "x application/json",
    "application/json;",
  ])("is refused as %j", async (type) => {
    expect(await outcomeOf({ headers: { "content-type": type } })).toMatchObject({
      code: "invalid_request",
      status: 415,
    });
  });

  it("is refused where it has no type at all", async () => {
    const { exchange } = openExchange(world, { headers: { accept: "*/*" }, body: JSON.stringify(ping) });
    expect(await receiveRequest(world.room.deps)(exchange)).toMatchObject({ status: 415 });
  });

  it("has no coding", async () => {
    expect(await outcomeOf({ headers: { "content-encoding": "gzip" } })).toMatchObject({
      code: "invalid_request",
      status: 415,
    });
  });

  it.each(["*/*", "text/event-stream, application/json", "Application/JSON, TEXT/event-stream"])(
    "accepts %s",
    async (accept) => {
      expect(await outcomeOf({ headers: { accept } })).toMatchObject({ era: "earlier" });
    },
  );

  it.each(["", "application/json", "text/event-stream", "text/html"])(
    "is refused as it accepts %j",
    async (accept) => {
      expect(await outcomeOf({ headers: { accept } })).toMatchObject({
        code: "invalid_request",
        status: 406,
      });
    },
  );

  it("is refused where it accepts nothing", async () => {
    const headers = { "content-type": "application/json" };
    const { exchange } = openExchange(world, { headers, body: JSON.stringify(ping) });
    expect(await receiveRequest(world.room.deps)(exchange)).toMatchObject({ status: 406 });
  });
});

describe("the body", () => {
  it.each(["{", "", '{"a":1,"a":2}', "\u00ff"])("has to be strict JSON: %j", async (body) => {
    const outcome = await outcomeOf({ body });
    expect(outcome).toMatchObject({ kind: "refusal", code: "malformed_json" });
    expect(outcome).toHaveProperty("sentence", expect.stringMatching(/\w/));
  });

  const sized = async (limits: object, body: object) =>
    outcomeOf({ body: JSON.stringify({ ...ping, params: body }) }, { limits });

  it("is bounded in depth and members", async () => {
    expect(await sized({ bodyDepth: 3 }, { a: {} })).toMatchObject({ era: "earlier" });
    expect(await sized({ bodyDepth: 3 }, { a: { b: {} } })).toMatchObject({ kind: "refusal" });
    expect(await sized({ bodyMembers: 5 }, { a: 1 })).toMatchObject({ era: "earlier" });
    expect(await sized({ bodyMembers: 5 }, { a: 1, b: 1 })).toMatchObject({ kind: "refusal" });
  });

  it("is bounded in bytes and time", async () => {
    const text = JSON.stringify(ping);
    expect(await outcomeOf({ body: text }, { limits: { bodyBytes: text.length } })).toMatchObject({
      era: "earlier",
    });
    expect(await outcomeOf({ body: text }, { limits: { bodyBytes: text.length - 1 } })).toMatchObject({
      code: "request_too_large",
    });
    const { deps } = (await stepWorld({ limits: { receiveMs: 1 } })).room;
    const { exchange } = openExchange(world, { headers: wanted });
    expect(await receiveRequest(deps)(exchange)).toMatchObject({ code: "invalid_request", status: 408 });
  });

  it.each([
    ["a batch", [ping]],
    ["no message", { jsonrpc: "1.0", id: 1, method: "ping" }],
    ["an answer", { jsonrpc: "2.0", id: 1, result: {} }],
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: 1, message: "no" } }],
  ])("is refused as %s", async (name, value) => {
    const { outcome } = await say(value);
    expect(outcome).toMatchObject({ kind: "refusal", code: "invalid_request" });
    const sentences: Record<string, RegExp> = {
      "a batch": /batches/,
      "no message": /not a JSON-RPC/,
      "an answer": /no answers/,
      "an error": /no answers/,
    };
    expect(outcome).toHaveProperty("sentence", expect.stringMatching(sentences[name] ?? /^$/));
  });

  it("lets a failure that is nobody's input through as one", async () => {
    const { exchange } = openExchange(world, { headers: wanted, body: "{}" });
    const limits = { ...world.room.deps.limits };
    Object.defineProperty(limits, "bodyDepth", {
      get() {
        throw new RangeError("no bound");
      },
    });
    await expect(receiveRequest({ ...world.room.deps, limits })(exchange)).rejects.toThrow(RangeError);
  });
});

describe("what a message says of itself", () => {
  const known = async (message: object, headers: Record<string, string> = {}): Promise<Exchange["known"]> =>
    (await say(message, headers)).exchange.known;

  it("is known afterwards, for the answer", async () => {
    expect(await known(ping)).toEqual({ era: "earlier", method: "ping", id: 1 });
    expect(await known({ ...ping, method: "tools/call", params: { name: "read" } })).toEqual({
      ...{ era: "earlier", method: "tools/call", id: 1, name: "read" },
    });
    expect(await known({ ...ping, method: "resources/read", params: { uri: "file:///a" } })).toMatchObject({
      name: "file:///a",
    });
    expect(await known({ ...ping, params: { name: 7 } })).not.toHaveProperty("name");
  });

  it("has no id in a notification", async () => {
    expect(await known({ jsonrpc: "2.0", method: "notifications/initialized" })).toEqual({
      era: "earlier",
      method: "notifications/initialized",
    });
  });

  it("is known of a request that is refused for its headers", async () => {
    const { exchange, outcome } = await say({ ...ping, params: { _meta: meta } });
    expect(outcome).toMatchObject({ code: "header_mismatch" });
    expect(exchange.known).toEqual({ era: "modern", method: "ping", id: 1, meta });
  });
});

describe("the era", () => {
  const received = async (message: object, headers: Record<string, string>) =>
    (await say(message, headers)).outcome;
  const modern = { "mcp-protocol-version": "2026-07-28", "mcp-method": "ping", "mcp-session-id": "s" };

  it("is modern where the message says so, and then there are no sessions", async () => {
    const message = { ...ping, params: { _meta: meta } };
    const outcome = await received(message, modern);
    expect(outcome).toMatchObject({ era: "modern", message: { kind: "request", id: 1 } });
    expect(outcome).toHaveProperty("sessionId", undefined);
    expect(Buffer.from((outcome as Received).body).toString()).toBe(JSON.stringify(message));
  });

  it("wants the headers that mirror the body in the modern era", async () => {
    const { "mcp-method": _left, ...without } = modern;
    expect(await received({ ...ping, params: { _meta: meta } }, without)).toMatchObject({
      code: "header_mismatch",
    });
  });

  it("is the earlier one otherwise, with what the client says its session is", async () => {
    expect(await received(ping, { "mcp-session-id": "s" })).toMatchObject({ era: "earlier", sessionId: "s" });
  });

  it("knows the versions of the earlier era alone", async () => {
    expect(await received(ping, { "mcp-protocol-version": "2025-11-25" })).toMatchObject({ era: "earlier" });
    expect(await received(ping, { "mcp-protocol-version": "2020-01-01" })).toMatchObject({ kind: "refusal" });
  });

  it("refuses a header of the earlier era that says otherwise than the body", async () => {
    expect(await received(ping, { "mcp-method": "tools/call" })).toMatchObject({ code: "header_mismatch" });
    expect(await received(ping, { "mcp-method": "ping" })).toMatchObject({ era: "earlier" });
  });
});
