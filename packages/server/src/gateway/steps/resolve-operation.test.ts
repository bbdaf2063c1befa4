import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { definitionOf, pinned } from "../../../test/gateway/step-records.ts";
import { authenticated, type CallOptions } from "../../../test/gateway/step-stages.ts";
import { agentOf, type StepWorld, serverOf, stepWorld } from "../../../test/gateway/step-world.ts";
import { digestOfJson } from "../digest.ts";
import { resolveOperation } from "./resolve-operation.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

const resolve = (options: CallOptions = {}) => {
  const { stage } = authenticated(world, options);
  return { stage, outcome: resolveOperation(world.room)(stage) };
};
const outcomeOf = (options: CallOptions = {}) => resolve(options).outcome;
const register = (over: Partial<ReturnType<typeof serverOf>>) =>
  world.servers.set("files", { ...serverOf(world), ...over });

const session = () =>
  world.room.sessions.open("files", authenticated(world).stage.caller.claims, {
    protocolVersion: "2025-11-25",
    opensAddresses: false,
  });

describe("a call", () => {
  it("is matched to its registration and its pin", async () => {
    const { stage, outcome } = resolve({ params: { name: "read", arguments: { path: "a" } } });
    const record = serverOf(world).tools[0];
    const digest = digestOfJson(definitionOf("read"));
    expect(await outcome).toEqual({
      ...{ authenticated: stage, request: stage.received.message },
      operation: {
        ...{ treatment: "decided", kind: "tool", name: "read", record, arguments: { path: "a" } },
        pin: { current: digest, approved: digest },
      },
      ...world.room.pool.get(serverOf(world)),
      facts: world.facts,
      params: { name: "read", arguments: { path: "a" }, _meta: expect.any(Object) },
      progressToken: undefined,
    });
    expect(stage.received.exchange.known.asked).toEqual({
      ...{ method: "tools/call", name: "read", arguments: { path: "a" } },
    });
  });

  it("without arguments has none", async () => {
    expect(await outcomeOf({ params: { name: "read" } })).toMatchObject({ operation: { arguments: {} } });
  });

  it("says what changed since the approval", async () => {
    world.definitions = [definitionOf("read", { description: "does more" })];
    expect(await outcomeOf()).toMatchObject({
      operation: {
        pin: {
          current: digestOfJson(world.definitions[0] ?? {}),
          approved: digestOfJson(definitionOf("read")),
        },
        change: { changes: [{ path: "/description", approved: "does read", current: "does more" }] },
      },
    });
  });

  it("without a definition never agrees with its pin", async () => {
    world.definitions = [];
    expect(await outcomeOf()).toMatchObject({ operation: { pin: { current: "absent" }, change: {} } });
  });

  it("that nobody has approved is refused as that, or as what keeps its server from being asked", async () => {
    const { pin: _pin, ...unpinned } = pinned("read");
    register({ tools: [unpinned] });
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "tool_not_approved" });
    world.definitions = undefined;
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "upstream_malformed" });
  });

  it.each<[string, JsonObject]>([
    ["no name", {}],
    ["an empty name", { name: "" }],
    ["a name that is no text", { name: 7 }],
    ["a name too long", { name: "a".repeat(2049) }],
    ["arguments that are a list", { name: "read", arguments: [] }],
    ["arguments that are a text", { name: "read", arguments: "a" }],
    ["no arguments but null", { name: "read", arguments: null }],
  ])("is malformed with %s", async (_what, params) => {
    const { stage, outcome } = resolve({ params });
    expect(await outcome).toEqual({ kind: "refusal", code: "malformed_input", status: 400 });
    expect(stage.received.exchange.known.asked).toEqual({ method: "tools/call" });
  });

  it("may have a name so long", async () => {
    expect(await outcomeOf({ params: { name: "a".repeat(2048) } })).toMatchObject({ code: "tool_unknown" });
  });

  it("of what is not registered is refused, with what was asked", async () => {
    const { stage, outcome } = resolve({ params: { name: "other" } });
    expect(await outcome).toEqual({ kind: "refusal", code: "tool_unknown" });
    expect(stage.received.exchange.known.asked).toEqual({
      method: "tools/call",
      name: "other",
      arguments: {},
    });
  });

  it("is refused while the definitions cannot be read, or the upstream takes no calls", async () => {
    world.facts = { kind: "failed", code: "upstream_unavailable" };
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "upstream_unavailable" });
    world.definitions = undefined;
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "upstream_malformed" });
  });

  it("passes on what the gate knows, and the answer to its own question to nobody", async () => {
    const own = { "narrowgate/approval": { action: "accept" } };
    const params = { name: "read", arguments: {}, inputResponses: own };
    expect(await outcomeOf({ params })).not.toHaveProperty("params.inputResponses");
    expect(await outcomeOf({ params: { ...params, other: 1 } })).toMatchObject({
      ...{ code: "malformed_input", status: 400 },
    });
    expect(await outcomeOf({ params: { ...params, inputResponses: { theirs: {} } } })).toMatchObject({
      code: "malformed_input",
    });
    register({ allowUpstreamRequests: ["elicitation/create"] });
    expect(await outcomeOf({ params: { ...params, inputResponses: { theirs: {}, ...own } } })).toMatchObject({
      params: { inputResponses: { theirs: {} } },
    });
  });

  it("is forwarded in the era of the upstream", async () => {
    expect(await outcomeOf({ era: "earlier" })).toHaveProperty("params._meta");
    world.facts = { era: "earlier", protocolVersion: "2025-11-25", capabilities: {}, serverInfo: {} };
    expect(await outcomeOf()).not.toHaveProperty("params._meta");
  });

  it.each<[JsonObject["a"], string | number | undefined]>([
    ["p", "p"],
    [0, 0],
    [true, undefined],
    [null, undefined],
  ])("may ask for its progress by %j", async (progressToken, expected) => {
    const outcome = await outcomeOf({ params: { name: "read", _meta: { progressToken } as JsonObject } });
    expect(outcome).toHaveProperty("progressToken", expected);
  });
});

describe("what else is decided", () => {
  it("is a prompt, by its name", async () => {
    const outcome = await outcomeOf({
      method: "prompts/get",
      params: { name: "greet", arguments: { a: "b" } },
    });
    expect(outcome).toMatchObject({ operation: { kind: "prompt", name: "greet", arguments: { a: "b" } } });
    expect(await outcomeOf({ method: "prompts/get", params: { name: "read" } })).toMatchObject({
      code: "tool_unknown",
    });
  });

  it("is a resource, by its URI, under the pin of its family", async () => {
    const definition = { prefix: "file:///a/", templates: [] };
    const pin = { digest: digestOfJson(definition), definition, entry: "e" };
    register({ resources: [pinned("file:///a/", { pin })] });
    const outcome = await outcomeOf({ method: "resources/read", params: { uri: "file:///a/b" } });
    expect(outcome).toMatchObject({
      operation: {
        ...{ kind: "resource", name: "file:///a/b", arguments: {} },
        pin: { current: pin.digest, approved: pin.digest },
      },
    });
    expect(await outcomeOf({ method: "resources/read", params: { name: "file:///a/b" } })).toMatchObject({
      code: "malformed_input",
    });
    expect(
      await outcomeOf({ method: "resources/read", params: { uri: "file:///a/b", arguments: { a: 1 } } }),
    ).toMatchObject({ code: "malformed_input", status: 400 });
  });
});

describe("headers that mirror arguments", () => {
  const definition = definitionOf("read", {
    inputSchema: { type: "object", properties: { path: { type: "string", "x-mcp-header": "Path" } } },
  });
  beforeEach(() => {
    world.definitions = [definition];
    register({
      tools: [pinned("read", { pin: { digest: digestOfJson(definition), definition, entry: "e" } })],
    });
  });
  const params = { name: "read", arguments: { path: "a" } };

  it("have to agree with them in the modern era", async () => {
    expect(await outcomeOf({ params })).toMatchObject({ code: "header_mismatch" });
    expect(await outcomeOf({ params, headers: { "mcp-param-path": "b" } })).toMatchObject({
      code: "header_mismatch",
    });
    expect(await outcomeOf({ params, headers: { "mcp-param-path": "a" } })).toHaveProperty("operation");
  });

  it("are not asked for in the earlier era, nor of prompts", async () => {
    expect(await outcomeOf({ params, era: "earlier" })).toHaveProperty("operation");
    register({ prompts: [pinned("read", { pin: { digest: "d", definition, entry: "e" } })] });
    expect(await outcomeOf({ params, method: "prompts/get" })).toHaveProperty("operation");
  });
});

describe("the agent's own signed word", () => {
  const signed = { bodySigned: true };
  const needed = { kind: "refusal", code: "body_signature_required" };
  const read = { name: "read" };
  const write = { name: "write" };

  it("is asked for outside development, of what does more than read", async () => {
    expect(await outcomeOf({ params: write })).toHaveProperty("operation");
    world = await stepWorld({ env: "staging" });
    expect(await outcomeOf({ params: read })).toHaveProperty("operation");
    expect(await outcomeOf({ params: write })).toEqual(needed);
    expect(await outcomeOf({ params: write, caller: signed })).toHaveProperty("operation");
  });

  it("is always asked for in the highest tier", async () => {
    const agent = { ...agentOf(world), tier: "T3" } as const;
    expect(await outcomeOf({ params: read, caller: { agent } })).toEqual(needed);
    expect(await outcomeOf({ params: read, caller: { agent, ...signed } })).toHaveProperty("operation");
  });
});

describe("a list", () => {
  it.each([
    ["tools/list", "tools"],
    ["prompts/list", "prompts"],
    ["resources/list", "resources"],
    ["resources/templates/list", "resourceTemplates"],
  ])("%s is forwarded", async (method, list) => {
    const { jkt } = authenticated(world).stage.caller.claims.cnf;
    const cursor = world.room.cursors.seal({ server: "files", method, jkt }, "c");
    const { stage, outcome } = resolve({ method, params: { cursor } });
    expect(await outcome).toMatchObject({
      operation: { treatment: "listed", list },
      params: { cursor: "c" },
    });
    expect(stage.received.exchange.known.asked).toEqual({ method });
  });

  it("takes no words of a caller's own to the upstream", async () => {
    for (const cursor of ["what was read", 7])
      expect(await outcomeOf({ method: "tools/list", params: { cursor } })).toMatchObject({
        code: "malformed_input",
      });
    const _meta = { traceparent: "what was read", tracestate: "what was read", baggage: "what was read" };
    const outcome = await outcomeOf({ method: "tools/list", params: { _meta } });
    expect(JSON.stringify(Object(outcome).params)).not.toContain("what was read");
  });
});

describe("what the gate answers itself", () => {
  it("is a ping, and the beginning of a session, in the earlier era", async () => {
    expect(await outcomeOf({ era: "earlier", method: "ping", params: {} })).toEqual({
      ...{ kind: "settled", status: 200, message: { jsonrpc: "2.0", id: 7, result: {} } },
    });
    const params = { protocolVersion: "2025-11-25", capabilities: {} };
    expect(await outcomeOf({ era: "earlier", method: "initialize", params })).toMatchObject({
      message: { result: { protocolVersion: "2025-11-25" } },
      headers: { "Mcp-Session-Id": expect.any(String) },
    });
  });

  it("is what it can do, and a subscription, in the modern era", async () => {
    expect(await outcomeOf({ method: "server/discover", params: {} })).toMatchObject({
      message: { result: { supportedVersions: expect.any(Array), capabilities: { tools: {} } } },
    });
    const { stage, leave } = authenticated(world, {
      method: "subscriptions/listen",
      params: { notifications: { toolsListChanged: true } },
    });
    leave.abort();
    expect(await resolveOperation(world.room)(stage)).toMatchObject({
      message: { result: { resultType: "complete" } },
    });
    expect(world.said).toMatchObject([{ method: "notifications/subscriptions/acknowledged" }]);
  });
});

describe("what is not in the table", () => {
  it.each([
    ["ping", "modern"],
    ["initialize", "modern"],
    ["server/discover", "earlier"],
    ["tasks/get", "modern"],
    ["completion/complete", "earlier"],
    ["sampling/createMessage", "modern"],
    ["notifications/cancelled", "earlier"],
    ["__proto__", "modern"],
  ] as const)("is refused: %s in the %s era", async (method, era) => {
    const { stage, outcome } = resolve({ method, era, params: {} });
    expect(await outcome).toEqual({ kind: "refusal", code: "method_refused" });
    expect(stage.received.exchange.known).not.toHaveProperty("asked");
  });
});

describe("a notification", () => {
  const notify = (method: string, params: JsonObject = {}, era: "modern" | "earlier" = "earlier") => {
    const own = session();
    const call = new AbortController();
    own?.calls.set(7, call);
    own?.calls.set("seven", call);
    const { stage } = authenticated(world, { era, session: own });
    const message = { kind: "notification", method, params } as const;
    const outcome = resolveOperation(world.room)({ ...stage, received: { ...stage.received, message } });
    return { call, outcome };
  };

  it("of the table is taken, and answered with nothing", async () => {
    const { call, outcome } = notify("notifications/initialized", { requestId: 7 });
    expect(await outcome).toEqual({ kind: "settled", status: 202 });
    expect(call.signal.aborted).toBe(false);
  });

  it.each([7, "seven"])("cancels the call %j of its session", async (requestId) => {
    const { call, outcome } = notify("notifications/cancelled", { requestId });
    expect(await outcome).toEqual({ kind: "settled", status: 202 });
    expect(call.signal.aborted).toBe(true);
  });

  it("cancels nothing else", async () => {
    for (const requestId of [8, true, null]) {
      const { call, outcome } = notify("notifications/cancelled", { requestId });
      expect(await outcome).toEqual({ kind: "settled", status: 202 });
      expect(call.signal.aborted).toBe(false);
    }
  });

  it("without a session is taken all the same", async () => {
    const { stage } = authenticated(world, { era: "earlier" });
    const message = {
      kind: "notification",
      method: "notifications/cancelled",
      params: { requestId: 7 },
    } as const;
    const received = { ...stage.received, message };
    expect(await resolveOperation(world.room)({ ...stage, received })).toEqual({
      kind: "settled",
      status: 202,
    });
  });

  it("that is not in the table is refused", async () => {
    expect(await notify("notifications/other").outcome).toEqual({
      ...{ kind: "refusal", code: "method_refused", status: 400 },
    });
    expect(await notify("notifications/cancelled", {}, "modern").outcome).toHaveProperty("status", 400);
    expect(await notify("tools/call").outcome).toHaveProperty("status", 400);
  });
});
