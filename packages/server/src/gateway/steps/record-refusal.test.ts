import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { POLICY, PROCEDURE, verdictOf } from "../../../test/gateway/step-records.ts";
import { type CallOptions, decided, leafUnder } from "../../../test/gateway/step-stages.ts";
import { agentOf, type StepWorld, stepWorld } from "../../../test/gateway/step-world.ts";
import { digestOf } from "../digest.ts";
import type { ApprovalDesk, CallVerdict, WaitingApproval } from "../ports.ts";
import { refuse } from "../refusal.ts";
import type { Known } from "../stages.ts";
import { recordRefusal } from "./record-refusal.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

interface Given {
  readonly verdict?: Partial<CallVerdict> | undefined;
  readonly known?: Partial<Known>;
  readonly options?: CallOptions;
  readonly isResumed?: boolean;
}

function record(refusal: ReturnType<typeof refuse>, { verdict, known = {}, options, isResumed }: Given = {}) {
  const { exchange, stage } = decided(world, verdict, options);
  if (verdict === undefined) delete exchange.known.verdict;
  if (isResumed === true && stage.question !== undefined)
    exchange.known.question = { ...stage.question, isResumed };
  Object.assign(exchange.known, known);
  return {
    exchange,
    question: exchange.known.question,
    recorded: recordRefusal(world.room, exchange, refusal),
  };
}
const last = () => world.log.leaves.at(-1);
const denied = { verdict: "refuse", code: "policy_denied", policies: ["no-writes"], reason: "no" } as const;

describe("a refusal", () => {
  it("is on record with the verdict it rests on", () => {
    const refusal = refuse("policy_denied", { sentence: "no" });
    const { recorded } = record(refusal, { verdict: denied });
    expect(recorded).toEqual({ refusal, entry: last()?.id, policies: ["no-writes"] });
    expect(last()?.draft).toEqual({
      ...{ type: "decision", id: recorded.entry, txn: world.mandate.txn, agent: agentOf(world).ref },
      body: expect.objectContaining({ action: "call", verdict: "refuse", code: "policy_denied" }),
      proof: expect.any(Object),
      inputs: verdictOf().inputs,
      content: { policies: ["no-writes"], reason: "no", request: { method: "tools/call" } },
    });
  });

  it("that policy never saw has no inputs and no policies", () => {
    const { recorded } = record(refuse("tool_unknown"));
    expect(recorded).toMatchObject({ entry: last()?.id, policies: [] });
    expect(last()?.draft).not.toHaveProperty("inputs");
    expect(last()?.draft).toMatchObject({
      body: { verdict: "refuse", code: "tool_unknown", policy: POLICY, procedure: PROCEDURE },
      content: { policies: [], reason: expect.stringMatching(/\w/) },
    });
  });

  it("says why in its own words, where it has any", () => {
    record(refuse("tool_unknown", { sentence: "not here" }));
    expect(last()?.draft.content).toMatchObject({ reason: "not here" });
  });

  it("after a permit rests on its inputs when all it lacked was a cap, and otherwise on none", () => {
    const [policy, procedure] = [digestOf("p"), digestOf("q")];
    record(refuse("cap_spent"), { verdict: { policy, procedure } });
    expect(last()?.draft).toMatchObject({
      body: { code: "cap_spent", policy, procedure },
      inputs: verdictOf().inputs,
      content: { policies: [] },
    });
    record(refuse("revoked"), { verdict: { policy, procedure } });
    expect(last()?.draft).not.toHaveProperty("inputs");
    expect(last()?.draft.body).toMatchObject({ code: "revoked", policy: POLICY, procedure: PROCEDURE });
  });

  it.each([
    ["tools/call", "call"],
    ["tools/list", "list"],
    [undefined, "call"],
  ])("of %s is one of a %s", (method, action) => {
    const { exchange } = record(refuse("tool_unknown"));
    if (method === undefined) delete exchange.known.method;
    else exchange.known.method = method;
    recordRefusal(world.room, exchange, refuse("tool_unknown"));
    expect(last()?.draft.body["action"]).toBe(action);
  });

  it("keeps what changed, where anything did", () => {
    const requestOf = (detail?: JsonObject) => {
      record(refuse("tool_changed", detail === undefined ? {} : { detail }));
      return last()?.draft.content?.["request"];
    };
    expect(requestOf({ changes: [] })).toEqual({ method: "tools/call", change: { changes: [] } });
    expect(requestOf({})).toEqual({ method: "tools/call" });
    expect(requestOf()).toEqual({ method: "tools/call" });
  });
});

describe("what is not put on record", () => {
  it("is what nobody can be held to, what came after a permit, and what no record is kept of", () => {
    const given: [ReturnType<typeof refuse>, Given][] = [
      [refuse("tool_unknown"), { known: { decided: "permitted" } }],
      [refuse("upstream_timeout"), { known: { decided: "permitted" } }],
      [refuse("header_mismatch"), {}],
    ];
    for (const [refusal, known] of given) expect(record(refusal, known).recorded).toEqual({ refusal });
    const { exchange } = decided(world);
    delete exchange.known.caller;
    const refusal = refuse("tool_unknown");
    expect(recordRefusal(world.room, exchange, refusal)).toEqual({ refusal });
    expect(world.log.leaves).toEqual([]);
  });

  it("is not a failure of our own", () => {
    record(refuse("internal_error"));
    expect(last()?.draft.body["code"]).toBe("internal_error");
  });

  it("is what a caller asks for beyond its share: it is turned away", async () => {
    world = await stepWorld({ limits: { refusalsPerCaller: 1 } });
    expect(record(refuse("header_mismatch")).recorded).toHaveProperty("refusal.code", "header_mismatch");
    expect(record(refuse("tool_unknown")).recorded).toHaveProperty("entry");
    expect(record(refuse("tool_unknown")).recorded).toEqual({ refusal: refuse("overloaded") });
    expect(world.log.leaves).toHaveLength(1);
  });
});

describe("a record that fails", () => {
  it("of a closed transaction is kept outside it", () => {
    world.log.closed.add(world.mandate.txn);
    const { recorded } = record(refuse("mandate_closed"));
    expect(recorded.entry).toBe(last()?.id);
    expect(last()?.draft).not.toHaveProperty("txn");
    expect(world.reports).toEqual([]);
  });

  it("is told to the operator, and refuses all the same", async () => {
    world.log.failing = true;
    const refusal = refuse("tool_unknown");
    expect(record(refusal).recorded).toHaveProperty("entry");
    await new Promise((resolve) => setImmediate(resolve));
    const report = { kind: "failure", detail: "a refusal could not be recorded" };
    expect(world.reports).toEqual([
      { ...report, cause: expect.objectContaining({ code: "evidence_unavailable" }) },
    ]);
    const cause = new RangeError("full");
    Object.assign(world.log, {
      record() {
        throw cause;
      },
    });
    expect(record(refusal).recorded).toEqual({ refusal, policies: [] });
    expect(world.reports.slice(1)).toEqual([{ ...report, cause }]);
  });

  it("without a leaf names none", () => {
    Object.assign(world.log, { record: () => ({ leaves: [], durable: Promise.resolve() }) });
    expect(record(refuse("tool_unknown")).recorded).not.toHaveProperty("entry");
  });
});

describe("a call that lacks a signature", () => {
  const lacking = {
    verdict: "refuse",
    code: "approval_required",
    reason: "refunds take a person",
    requires: ["owner#1"],
  } as const;
  const refusal = refuse("approval_required");
  const happened: string[] = [];
  const asked: Parameters<ApprovalDesk["ask"]>[] = [];

  const desk = async (answer?: ReturnType<ApprovalDesk["ask"]>): Promise<WaitingApproval> => {
    happened.length = 0;
    asked.length = 0;
    let waiting: WaitingApproval | undefined;
    const state = new Map();
    world = await stepWorld({
      state,
      approvals: (place) => {
        waiting = {
          ...{ kind: "asked", id: "a", requires: ["owner#1"], notAfterMs: 1, url: "https://gate.example/a" },
          drafts: [leafUnder(place, "A".repeat(22))],
          changes: [{ room: "approvals", key: "a", value: true }],
          apply: () => void happened.push(`apply after ${place.log.leaves.length}`),
          announce: () => void happened.push(`announce ${state.get("approvals/a")}`),
        };
        return {
          ask(...question) {
            asked.push(question);
            return answer ?? (waiting as WaitingApproval);
          },
          take: () => ({ drafts: [], changes: [], apply: () => undefined, announce: () => undefined }),
        };
      },
    });
    return waiting as WaitingApproval;
  };

  it("is put before people in the group of its refusal, and that is said once it is durable", async () => {
    const waiting = await desk();
    const release = world.log.stall();
    const { question, recorded } = record(refusal, { verdict: lacking });
    expect(recorded).toEqual({
      ...{ refusal, policies: ["allow"], entry: world.log.leaves[0]?.id },
      ...{ waiting, durable: expect.any(Promise) },
    });
    expect(world.log.leaves.map(({ draft }) => draft.type)).toEqual(["decision", "unknown"]);
    expect(asked).toEqual([
      [
        question,
        {
          ...{ decision: recorded.entry, requires: ["owner#1"] },
          ...{ reason: "refunds take a person", policy: POLICY },
        },
      ],
    ]);
    expect(happened).toEqual(["apply after 2"]);
    release();
    await recorded.durable;
    expect(happened).toEqual(["apply after 2", "announce true"]);
  });

  it("is announced to nobody while its record is not durable", async () => {
    await desk();
    world.log.failing = true;
    const { recorded } = record(refusal, { verdict: lacking });
    await expect(recorded.durable).rejects.toMatchObject({ code: "evidence_unavailable" });
    expect(happened).toEqual(["apply after 2"]);
    expect(world.reports).toHaveLength(1);
  });

  it("is put before nobody after the closing of its transaction", async () => {
    await desk();
    world.log.closed.add(world.mandate.txn);
    const { recorded } = record(refusal, { verdict: lacking });
    expect(recorded).not.toHaveProperty("waiting");
    expect(recorded).not.toHaveProperty("durable");
    expect(happened).toEqual([]);
    expect(world.log.leaves.map(({ draft }) => draft.type)).toEqual(["decision"]);
  });

  it("says so where nobody is asked", async () => {
    await desk({ kind: "not_asked", sentence: "too many wait" });
    const { recorded } = record(refusal, { verdict: lacking });
    expect(recorded).toEqual({
      refusal: { ...refusal, sentence: "too many wait" },
      ...{ policies: ["allow"], entry: last()?.id },
    });
  });

  it("is put before nobody where there is no desk, or where it answers the upstream", async () => {
    expect(record(refusal, { verdict: lacking }).recorded.refusal.sentence).toContain(
      "no place where people approve",
    );
    await desk();
    expect(record(refusal, { verdict: lacking, isResumed: true }).recorded.refusal.sentence).toContain(
      "carries answers",
    );
    expect(asked).toEqual([]);
  });

  it("is the only refusal that people are asked about", async () => {
    await desk();
    expect(record(refuse("policy_denied"), { verdict: lacking }).recorded).not.toHaveProperty("waiting");
    expect(record(refusal, { verdict: denied }).recorded).not.toHaveProperty("waiting");
    expect(asked).toEqual([]);
  });
});
