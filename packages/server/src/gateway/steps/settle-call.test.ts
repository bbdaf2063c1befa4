import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { definitionOf, pinned } from "../../../test/gateway/step-records.ts";
import { decided } from "../../../test/gateway/step-stages.ts";
import { agentOf, type StepWorld, serverOf, stepWorld } from "../../../test/gateway/step-world.ts";
import { digestOf } from "../digest.ts";
import type { Obligations } from "../ports.ts";
import type { Forwarded } from "../stages.ts";
import type { UpstreamReply } from "../upstream/upstream.ts";
import { commitDecision } from "./commit-decision.ts";
import { settleCall } from "./settle-call.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

interface Given {
  readonly obligations?: Obligations;
  readonly options?: Parameters<typeof decided>[2];
  readonly revoked?: boolean;
}

async function forwarded(reply: UpstreamReply, { obligations, options, revoked = false }: Given = {}) {
  const { stage } = decided(world, obligations === undefined ? {} : { obligations }, options);
  const committed = await commitDecision(world.room)(stage);
  if ("kind" in committed) throw new TypeError(committed.code);
  const outcome: Forwarded = { committed, reply, revoked };
  return outcome;
}
const settle = async (...given: Parameters<typeof forwarded>) =>
  settleCall(world.room)(await forwarded(...given));
const lastOutcome = () => world.log.of("outcome").at(-1)?.draft;
const result = (more: JsonObject = {}): UpstreamReply => ({
  kind: "result",
  result: { content: [], ...more },
});
const answer = (more: JsonObject) => ({
  ...{ kind: "settled", status: 200 },
  message: { jsonrpc: "2.0", id: 7, ...more },
});
const writing = { operation: { name: "write", record: pinned("write", { effect: "write" }) } };
const rows = (effect: "read" | "write" = "read") => ({
  operation: { record: pinned("read", { effect, rows: "/structuredContent/rows" }) },
});

describe("how a call ended", () => {
  it.each<[UpstreamReply, string]>([
    [result(), "ok"],
    [result({ isError: false }), "ok"],
    [result({ isError: true }), "tool_error"],
    [{ kind: "error", error: { code: 1, message: "no" } }, "tool_error"],
    [{ kind: "cancelled" }, "cancelled"],
    [{ kind: "failed", code: "upstream_timeout" }, "timeout"],
    [{ kind: "failed", code: "upstream_unavailable" }, "upstream_error"],
  ])("%j is on record as %s", async (reply, status) => {
    await settle(reply);
    expect(lastOutcome()?.body["status"]).toBe(status);
  });

  it("is on record under its decision, with what came back sealed", async () => {
    const at = await forwarded(result());
    world.clock.advance(40);
    await settleCall(world.room)(at);
    const text = '{"content":[]}';
    const { bytes_salt = "" } = lastOutcome()?.content ?? {};
    expect(lastOutcome()).toEqual({
      ...{ type: "outcome", txn: world.mandate.txn, agent: agentOf(world).ref },
      body: {
        ...{ decision: at.committed.decision, held_ms: 40, status: "ok" },
        digest: digestOf(Buffer.concat([Buffer.from(String(bytes_salt), "base64url"), Buffer.from(text)])),
      },
      content: { bytes_salt: expect.any(String), bytes: Buffer.from(text).toString("base64url") },
    });
  });

  it("took no less than no time, whatever the clock does", async () => {
    const at = await forwarded(result());
    world.clock.set(world.clock.nowMs() - 5);
    await settleCall(world.room)(at);
    expect(lastOutcome()?.body["held_ms"]).toBe(0);
  });

  it("keeps an error that came back, and the code of none", async () => {
    await settle({ kind: "error", error: { code: 1, message: "no" } });
    const { bytes = "" } = lastOutcome()?.content ?? {};
    expect(JSON.parse(Buffer.from(String(bytes), "base64url").toString())).toEqual({
      code: 1,
      message: "no",
    });
    await settle({ kind: "failed", code: "upstream_malformed" });
    expect(lastOutcome()?.content).toEqual({ code: "upstream_malformed" });
    expect(lastOutcome()?.body).not.toHaveProperty("digest");
    await settle({ kind: "cancelled" });
    expect(lastOutcome()).not.toHaveProperty("content");
  });

  it("keeps bytes up to their bound, and where policy lets it; beyond, their digest alone", async () => {
    world = await stepWorld({ limits: { recordedResultBytes: '{"content":[]}'.length } });
    await settle(result());
    expect(lastOutcome()?.content).toHaveProperty("bytes");
    await settle(result({ a: 1 }));
    expect(Object.keys(lastOutcome()?.content ?? {})).toEqual(["bytes_salt"]);
    expect(lastOutcome()?.body).toHaveProperty("digest");
    await settle(result(), { obligations: { capture: "digest" } });
    expect(Object.keys(lastOutcome()?.content ?? {})).toEqual(["bytes_salt"]);
    await settle(result(), { obligations: { capture: "full" } });
    expect(lastOutcome()?.content).toHaveProperty("bytes");
  });

  it("keeps what an agent of the lowest tier was told, whatever policy asks for", async () => {
    const at = await forwarded(result(), { obligations: { capture: "digest" } });
    const { resolved } = at.committed;
    const { authenticated } = resolved;
    const caller = { ...authenticated.caller, agent: { ...authenticated.caller.agent, tier: "T1" } as const };
    const lowest = { ...resolved, authenticated: { ...authenticated, caller } };
    await settleCall(world.room)({ ...at, committed: { ...at.committed, resolved: lowest } });
    expect(lastOutcome()?.content).toHaveProperty("bytes");
  });

  it("counts rows where the registration says where they stand", async () => {
    const structured = (value: JsonObject) => result({ structuredContent: value });
    await settle(structured({ rows: [1, 2, 3] }), { options: rows() });
    expect(lastOutcome()?.body["rows"]).toBe(3);
    expect(world.flow.spent(world.mandate.txn)).toMatchObject({ rows: 3 });
    await settle(structured({ rows: "many" }), { options: rows() });
    expect(lastOutcome()?.body["rows"]).toBe(0);
    await settle(structured({ rows: [1] }));
    expect(lastOutcome()?.body).not.toHaveProperty("rows");
    await settle({ kind: "cancelled" }, { options: rows() });
    expect(lastOutcome()?.body).not.toHaveProperty("rows");
    expect(world.flow.spent(world.mandate.txn)).toMatchObject({ rows: 3 });
  });

  it("of a list has no rows and moves nothing", async () => {
    const options = { method: "tools/list", operation: { treatment: "listed", list: "tools" } } as const;
    await settle({ kind: "result", result: { tools: [] } }, { options });
    expect(lastOutcome()?.body).not.toHaveProperty("rows");
  });
});

describe("the record of the end", () => {
  const stalled = async (options: Given["options"]) => {
    const at = await forwarded(result(), options === undefined ? {} : { options });
    const release = world.log.stall();
    let isAnswered = false;
    const outcome = settleCall(world.room)(at).then((settled) => {
      isAnswered = true;
      return settled;
    });
    await new Promise((resolve) => setImmediate(resolve));
    const before = isAnswered;
    release();
    return { before, settled: await outcome };
  };

  it("is waited for where more was done than read", async () => {
    expect(await stalled(writing)).toMatchObject({ before: false, settled: { status: 200 } });
  });

  it("is not waited for by a read, nor by a list", async () => {
    expect(await stalled({})).toMatchObject({ before: true });
    const list = { method: "tools/list", operation: { treatment: "listed", list: "tools" } } as const;
    expect(await stalled(list)).toMatchObject({ before: true });
  });

  it("that fails withholds the answer to a write", async () => {
    const at = await forwarded(result(), { options: writing });
    world.log.failing = true;
    expect(await settleCall(world.room)(at)).toEqual({ kind: "refusal", code: "evidence_unavailable" });
  });

  it("that fails after a read is told to the operator", async () => {
    const at = await forwarded(result());
    world.log.failing = true;
    expect(await settleCall(world.room)(at)).toMatchObject({ kind: "settled" });
    expect(world.reports).toEqual([
      {
        ...{ kind: "failure", detail: "an outcome could not be recorded" },
        cause: expect.any(NarrowgateError),
      },
    ]);
  });

  it("lets a failure of our own through as one", async () => {
    const at = await forwarded(result());
    Object.assign(world.log, {
      record() {
        throw new RangeError("broken");
      },
    });
    await expect(settleCall(world.room)(at)).rejects.toThrow(RangeError);
  });
});

describe("the answer", () => {
  it("is the result, in the era of the client", async () => {
    expect(await settle(result({ _meta: { code: "policy_denied", own: 1 } }))).toEqual(
      answer({ result: { content: [], _meta: { own: 1 }, resultType: "complete" } }),
    );
    expect(await settle(result({ resultType: "complete" }), { options: { era: "earlier" } })).toEqual(
      answer({ result: { content: [] } }),
    );
  });

  it("is the error, in the era of the client", async () => {
    const reply = { kind: "error", error: { code: -32002, message: "no", data: { a: 1 } } } as const;
    expect(await settle(reply)).toEqual(answer({ error: { code: -32602, message: "no", data: { a: 1 } } }));
    expect(await settle(reply, { options: { era: "earlier" } })).toEqual(answer({ error: reply.error }));
  });

  it.each<Obligations>([{ redact_result: ["/structuredContent/email"] }, { cap_rows: 1 }])(
    "says no words of an error where policy holds back a part of what is answered: %j",
    async (obligations) => {
      const error = { code: 7, message: "of a@b.example", data: { email: "a@b.example" } };
      const settled = await settle({ kind: "error", error }, { obligations });
      expect(settled).toMatchObject({ message: { error: { code: 7 } } });
      expect(JSON.stringify(settled)).not.toContain("a@b.example");
    },
  );

  it("asks for no more than the registration lets it", async () => {
    const asking = result({
      resultType: "input_required",
      inputRequests: { q: { method: "elicitation/create", params: {} } },
    });
    expect(await settle(asking)).toEqual({ kind: "refusal", code: "method_refused", status: 200 });
    world.servers.set("files", { ...serverOf(world), allowUpstreamRequests: ["elicitation/create"] });
    expect(await settle(asking)).toMatchObject({ message: { result: { resultType: "input_required" } } });
  });

  it("says why there is none", async () => {
    expect(await settle({ kind: "cancelled" }, { revoked: true })).toEqual({
      kind: "refusal",
      code: "revoked",
    });
    expect(await settle({ kind: "cancelled" })).toEqual({
      ...{ kind: "refusal", code: "invalid_request", sentence: "The call was cancelled." },
    });
    expect(await settle({ kind: "failed", code: "upstream_timeout" })).toEqual({
      ...{ kind: "refusal", code: "upstream_timeout" },
    });
  });

  it("shows what policy lets it", async () => {
    const reply = result({ structuredContent: { rows: [{ a: 1, b: 2 }, { a: 3 }] } });
    expect(
      await settle(reply, {
        obligations: { cap_rows: 1, redact_result: ["/structuredContent/rows/0/b"] },
        options: rows(),
      }),
    ).toMatchObject({ message: { result: { structuredContent: { rows: [{ a: 1 }] } } } });
    const refused = await settle(reply, { obligations: { cap_rows: 1 } });
    expect(refused).toEqual({
      ...{ kind: "refusal", code: "policy_denied", sentence: expect.stringContaining("caps the rows") },
    });
  });
});

describe("a list", () => {
  const options = { method: "tools/list", operation: { treatment: "listed", list: "tools" } } as const;
  const list = (tools: JsonObject[] | string) => settle({ kind: "result", result: { tools } }, { options });

  it("shows what is registered, unchanged, and within the authority of the token", async () => {
    world.servers.set("files", {
      ...serverOf(world),
      tools: [pinned("read"), pinned("hidden"), pinned("write")],
    });
    const changed = definitionOf("write", { description: "does more" });
    const all = [definitionOf("read"), definitionOf("hidden"), changed, definitionOf("other")];
    expect(await list(all)).toMatchObject({ message: { result: { tools: [definitionOf("read")] } } });
  });

  it("that goes on names its next page in a way that this caller alone can ask for", async () => {
    const reply = { kind: "result", result: { tools: [], nextCursor: "c" } } as const;
    const settled = Object(await settle(reply, { options }));
    const { jkt } = decided(world).stage.resolved.authenticated.caller.claims.cnf;
    const holder = { server: "files", method: "tools/list", jkt };
    expect(world.room.cursors.open(holder, settled.message.result.nextCursor)).toBe("c");
  });

  it("that is none is refused", async () => {
    expect(await list("all of them")).toEqual({ kind: "refusal", code: "upstream_malformed" });
  });

  it("is refused where the definitions cannot be read", async () => {
    world.definitions = undefined;
    expect(await list([])).toEqual({ kind: "refusal", code: "upstream_malformed" });
  });
});

describe("what the call showed", () => {
  it("is in the flow of the task, in the record of the end", async () => {
    const at = await forwarded(result({ structuredContent: { rows: [1] } }), { options: rows() });
    world.log.failing = true;
    await settleCall(world.room)(at);
    // Spent in the turn of the record: what is queued counts.
    expect(world.flow.spent(world.mandate.txn)).toMatchObject({ calls: 1, rows: 1 });
  });
});
