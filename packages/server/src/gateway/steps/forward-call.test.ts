import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { definitionOf, NOW_S, pinned } from "../../../test/gateway/step-records.ts";
import { claimsOf, decided, leafUnder } from "../../../test/gateway/step-stages.ts";
import { type StepWorld, stepWorld } from "../../../test/gateway/step-world.ts";
import { digestOfJson } from "../digest.ts";
import type { Obligations } from "../ports.ts";
import type { Committed } from "../stages.ts";
import type { UpstreamReply } from "../upstream/upstream.ts";
import { commitDecision } from "./commit-decision.ts";
import { forwardCall } from "./forward-call.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

type Options = Parameters<typeof decided>[2];

async function committed(options: Options = {}, obligations: Obligations = {}) {
  const { stage, leave } = decided(world, { obligations }, options);
  const outcome = await commitDecision(world.room)(stage);
  if ("kind" in outcome) throw new TypeError(outcome.code);
  const { claims } = stage.resolved.authenticated.caller;
  return { stage: outcome, leave, claims };
}
const forward = (stage: Committed) => forwardCall(world.room)(stage);

/** The upstream answers a call only when it is told to give it up, or when the test says so. */
function waiting() {
  const { promise, resolve } = Promise.withResolvers<UpstreamReply>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  world.reply = ({ options: { signal } }) => {
    reach();
    if (signal?.aborted === true) return { kind: "cancelled" };
    signal?.addEventListener("abort", () => resolve({ kind: "cancelled" }));
    return promise;
  };
  return { answer: resolve, reached };
}
const done: UpstreamReply = { kind: "result", result: { content: [] } };

describe("a committed call", () => {
  it("is sent as it was prepared, after its record, and its answer comes back", async () => {
    const { stage } = await committed();
    const leaves = world.log.leaves.length;
    expect(await forward(stage)).toEqual({ committed: stage, reply: done, revoked: false });
    const [sent] = world.sent;
    expect(sent).toMatchObject({ leaves, message: { method: "tools/call" } });
    expect(sent?.options).toEqual({
      ...{ timeoutMs: world.room.deps.limits.callMs, signal: expect.any(AbortSignal), mirrored: {} },
    });
    expect(sent?.options.signal?.aborted).toBe(false);
  });

  it("gives its share back, also where sending fails", async () => {
    let given = 0;
    const giveBack = (): void => {
      given += 1;
    };
    const { stage } = await committed();
    await forward({ ...stage, giveBack });
    expect(given).toBe(1);
    world.reply = () => {
      throw new RangeError("broken");
    };
    await expect(forward({ ...stage, giveBack })).rejects.toThrow(RangeError);
    expect(given).toBe(2);
  });

  it("leaves nothing behind that waits for its end", async () => {
    const { stage, leave } = await committed();
    await forward(stage);
    expect(world.room.live.size()).toBe(0);
    const signal = world.sent[0]?.options.signal;
    leave.abort();
    expect(signal?.aborted).toBe(false);
  });
});

describe("progress", () => {
  const progressOf = async (progressToken: string | number | undefined, obligations: Obligations = {}) => {
    const { stage } = await committed({ resolved: { progressToken } }, obligations);
    await forward(stage);
    return world.sent.at(-1)?.options.onProgress;
  };

  it("comes back with the caller's own token", async () => {
    const onProgress = await progressOf("mine");
    onProgress?.({ progress: 1, progressToken: "theirs", total: 2, message: "half", other: 1 });
    onProgress?.({ progress: 2 });
    const message = (params: JsonObject) => ({ jsonrpc: "2.0", method: "notifications/progress", params });
    expect(world.said).toEqual([
      message({ progress: 1, progressToken: "mine", total: 2, message: "half" }),
      message({ progress: 2, progressToken: "mine" }),
    ]);
  });

  it.each<Obligations>([{ redact_result: ["/content"] }, { cap_rows: 1 }])(
    "has no words where policy holds back a part of what is answered: %j",
    async (obligations) => {
      const onProgress = await progressOf("mine", obligations);
      onProgress?.({ progress: 1, message: "of a@b.example" });
      expect(world.said).toMatchObject([{ params: { progress: 1, progressToken: "mine" } }]);
      expect(JSON.stringify(world.said)).not.toContain("a@b.example");
    },
  );

  it("is passed only where it is a number, with what is of its type", async () => {
    const onProgress = await progressOf(0);
    onProgress?.({ progress: "1" });
    onProgress?.({});
    expect(world.said).toEqual([]);
    onProgress?.({ progress: 1, total: "2", message: 3 });
    expect(world.said).toMatchObject([{ params: { progress: 1, progressToken: 0 } }]);
    expect(Object.keys(Object(world.said[0]?.["params"]))).toEqual(["progress", "progressToken"]);
  });

  it("of a sanitiser is not passed at all: a row of numbers is a text", async () => {
    const sanitisedOutput = { type: "object", properties: { late: { type: "boolean" } } } as const;
    const operation = { record: { ...pinned("read"), sanitisedOutput } };
    const { stage } = await committed({ operation, resolved: { progressToken: "mine" } });
    await forward(stage);
    expect(world.sent.at(-1)?.options.onProgress).toBeUndefined();
  });

  it("is not asked for by a caller that did not", async () => {
    expect(await progressOf(undefined)).toBeUndefined();
  });
});

describe("headers that mirror arguments", () => {
  const schema = { type: "object", properties: { path: { type: "string", "x-mcp-header": "Path" } } };
  const definition = definitionOf("read", { inputSchema: schema });
  const pin = { digest: digestOfJson(definition), definition, entry: "e" };
  const operation = { record: pinned("read", { pin }), arguments: { path: "a" } };
  const mirrored = async (options: Options) => {
    const { stage } = await committed(options);
    await forward(stage);
    return world.sent.at(-1)?.options.mirrored;
  };

  it("are sent to a modern upstream, of tools", async () => {
    expect(await mirrored({ operation })).toEqual({ "Mcp-Param-Path": "a" });
    expect(await mirrored({ operation: { ...operation, kind: "prompt" } })).toEqual({});
    expect(await mirrored({ operation: { treatment: "listed", list: "tools" } })).toEqual({});
  });

  it("are not there without a pin", async () => {
    const { pin: _pin, ...record } = pinned("read");
    expect(await mirrored({ operation: { record, arguments: { path: "a" } } })).toEqual({});
  });

  it("are not sent in the earlier era", async () => {
    world.facts = { era: "earlier", protocolVersion: "2025-11-25", capabilities: {}, serverInfo: {} };
    expect(await mirrored({ operation })).toEqual({});
  });
});

describe("the token of the call", () => {
  const withCut = async (sign: () => Promise<string>) => {
    const { stage, claims } = await committed();
    const leaf = (decision: string) => leafUnder(world, decision);
    const cut = { kind: "cut", leaf, sign } as const;
    return { claims, outcome: await forward({ ...stage, cut }) };
  };

  it("is signed only now, and goes with the caller's claims", async () => {
    const { claims } = await withCut(async () => "signed");
    expect(world.sent[0]?.options.onBehalf).toEqual({ claims, token: "signed" });
  });

  it("that cannot be signed ends the call, and the operator is told", async () => {
    const cause = new RangeError("no key");
    const { outcome } = await withCut(async () => {
      throw cause;
    });
    expect(outcome).toMatchObject({
      ...{ reply: { kind: "failed", code: "upstream_unavailable" }, revoked: false },
    });
    expect(world.sent).toEqual([]);
    expect(world.reports).toEqual([
      { kind: "failure", detail: "a token for an upstream could not be signed", cause },
    ]);
  });

  it("is of no use once the call is revoked: nothing leaves", async () => {
    const { outcome } = await withCut(async () => {
      world.epochs.set(`mandate:${world.mandate.id}`, 1);
      return "signed";
    });
    expect(outcome).toMatchObject({ reply: { kind: "cancelled" }, revoked: true });
    expect(world.sent).toEqual([]);
  });
});

describe("a call that is given up", () => {
  const client = { protocolVersion: "2025-11-25", opensAddresses: false };

  it("as its client goes, or is gone already", async () => {
    const { reached } = waiting();
    const { stage, leave } = await committed();
    const outcome = forward(stage);
    await reached;
    leave.abort();
    expect(await outcome).toMatchObject({ reply: { kind: "cancelled" }, revoked: false });

    world.reply = ({ options }) => (options.signal?.aborted === true ? { kind: "cancelled" } : done);
    const late = await committed();
    late.leave.abort();
    expect(await forward(late.stage)).toMatchObject({ reply: { kind: "cancelled" }, revoked: false });
  });

  it("as it is revoked", async () => {
    const { reached } = waiting();
    const { stage } = await committed();
    const outcome = forward(stage);
    await reached;
    world.room.live.onRevoked(`mandate:${world.mandate.id}`);
    expect(await outcome).toMatchObject({ reply: { kind: "cancelled" }, revoked: true });
  });

  it("as its token expires, which is no revocation", async () => {
    const { reached } = waiting();
    const { stage } = await committed();
    const outcome = forward(stage);
    await reached;
    world.room.live.endAll();
    expect(await outcome).toMatchObject({ reply: { kind: "cancelled" }, revoked: false });
  });

  it("before it left, as it was revoked quietly", async () => {
    const { stage } = await committed();
    world.epochs.set(`mandate:${world.mandate.id}`, 1);
    expect(await forward(stage)).toMatchObject({ reply: { kind: "cancelled" }, revoked: true });
    expect(world.sent).toEqual([]);
  });

  it("as its session says so", async () => {
    const { reached } = waiting();
    const session = world.room.sessions.open("files", claimsOf(world), client);
    const { stage } = await committed({ session });
    const outcome = forward(stage);
    await reached;
    session?.calls.get(7)?.abort();
    expect(await outcome).toMatchObject({ reply: { kind: "cancelled" }, revoked: false });
    expect(session?.calls.size).toBe(0);
  });

  it("is not taken out of its session in the place of a later one of its id", async () => {
    const { reached, answer } = waiting();
    const session = world.room.sessions.open("files", claimsOf(world), client);
    const { stage } = await committed({ session });
    const outcome = forward(stage);
    await reached;
    const later = new AbortController();
    session?.calls.set(7, later);
    answer(done);
    await outcome;
    expect(session?.calls.get(7)).toBe(later);
  });

  it("is watched for as long as its token lasts", async () => {
    expect(claimsOf(world).exp).toBeGreaterThan(NOW_S);
    const { reached, answer } = waiting();
    const { stage } = await committed();
    const outcome = forward(stage);
    await reached;
    expect(world.room.live.size()).toBe(1);
    answer(done);
    expect(await outcome).toMatchObject({ reply: done });
  });
});
