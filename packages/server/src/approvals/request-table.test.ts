import { randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { approvalWorld } from "../../test/approvals/approval-world.ts";
import { type ApprovalRequest, actionKey, actionOf, barredNames } from "./approval-request.ts";
import { createRequestTable } from "./request-table.ts";

const { call: callOf } = await approvalWorld();

function requestOf(call = callOf(), askedAtMs = 1): ApprovalRequest {
  return {
    id: randomId(),
    handle: randomId(32),
    action: actionOf(call, randomId()),
    nonce: randomId(),
    requires: ["approver#1"],
    decision: randomId(),
    reason: "refunds take a person",
    policy: randomId(32),
    read: { class: "internal", untrusted: false },
    agentRef: call.agent.ref,
    barred: barredNames(call),
    rests: [],
    askedAtMs,
    notAfterMs: 4_000_000_000_000,
    given: [],
  };
}

describe("the table of open requests", () => {
  it("finds a request by each of its names, and lists it once however often it was put", () => {
    const request = requestOf();
    const table = createRequestTable([]);
    expect(table.isQuiet(request.action)).toBe(true);
    table.put(request);
    const signed = {
      ...request,
      given: [{ entry: randomId(), role: "approver", slot: 1, person: randomId() }],
    } as const;
    table.put(signed);
    expect(table.byId(request.id)).toBe(signed);
    expect(table.byHandle(request.handle)).toBe(signed);
    expect(table.ofTransaction(request.action.txn)).toEqual([signed]);
    expect(table.ofAction(actionKey(request.action))).toEqual([signed]);
    expect(table.list()).toEqual([signed]);
    expect(table.isQuiet(request.action)).toBe(false);
  });

  it("lists what was open before by its age, whatever order it was kept in", () => {
    const [first, second, third] = [requestOf(callOf(), 1), requestOf(callOf(), 2), requestOf(callOf(), 3)];
    for (const kept of [
      [third, first, second],
      [first, second, third],
      [second, third, first],
    ])
      expect(createRequestTable(kept).list()).toEqual([first, second, third]);
  });

  it("is quiet about an operation again once the last request about it has ended", () => {
    const [one, other] = [requestOf(), requestOf(callOf({ arguments: {} }))];
    const table = createRequestTable([one, other]);
    table.end(one, "used");
    expect(table.isQuiet(one.action)).toBe(false);
    table.end(other, "refused");
    expect(table.isQuiet(one.action)).toBe(true);
    expect([table.list(), table.ofTransaction(one.action.txn), table.byId(one.id)]).toEqual([
      [],
      [],
      undefined,
    ]);
    expect([table.endingOf(one.handle), table.endingOf(other.handle)]).toEqual(["used", "refused"]);
  });

  it("tells how a request ended first, and of the last thousand alone", () => {
    const table = createRequestTable([]);
    const request = requestOf();
    const ended = Array.from({ length: 1001 }, () => ({ ...request, id: randomId(), handle: randomId(32) }));
    for (const one of ended) {
      table.put(one);
      table.end(one, "expired");
      table.end(one, "used");
    }
    expect(ended.slice(0, 3).map(({ handle }) => table.endingOf(handle))).toEqual([
      undefined,
      "expired",
      "expired",
    ]);
  });
});

describe("the action of a call", () => {
  it("names everybody the work was handed on by, outermost first, and the agent alone where nobody did", () => {
    const call = callOf();
    const { act, ...alone } = call.claims;
    const iss = "https://gate.test";
    const inner = { iss, sub: "desk", sub_profile: "ai_agent" } as const;
    const chained = { ...inner, sub: "triage", act: inner };
    const actors = (claims: typeof call.claims) => {
      const action = actionOf(callOf({ claims }), "n");
      return "actors" in action ? action.actors : undefined;
    };
    expect(act).toMatchObject({ sub: "triage" });
    expect(actors({ ...call.claims, act: chained })).toEqual(["triage", "desk"]);
    expect(actors(alone)).toEqual(["triage"]);
  });

  it("bars everybody whose call it is, each named once and in order", () => {
    const { claims, ...call } = callOf();
    const chained = {
      iss: "https://gate.test",
      sub: "triage",
      sub_profile: "ai_agent",
      act: { iss: "https://gate.test", sub: "desk", sub_profile: "ai_agent" },
    } as const;
    expect(barredNames({ ...call, claims: { ...claims, act: chained } })).toEqual([
      "desk",
      "https://idp.example.test#ada",
      "mailto:deputy@example.test",
      "mailto:owner@example.test",
      "triage",
    ]);
  });
});
