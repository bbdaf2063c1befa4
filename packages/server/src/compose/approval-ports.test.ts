import { BOTTOM_LABEL } from "@narrowgate/contracts";
import { expect, it } from "vitest";
import { approvalWorld } from "../../test/approvals/approval-world.ts";
import type { CallQuestion, FlowReader } from "../decisions/ports.ts";
import { askPeople } from "../gateway/approvals/ask-people.ts";
import { approvalsInDecisions, approvalsInGateway } from "./approval-ports.ts";

const digest = "A".repeat(43);
const bottom = { label: BOTTOM_LABEL, entry: "A".repeat(22) };
const flow: FlowReader = {
  labels: () => ({ transaction: bottom, instance: bottom, declared: bottom }),
  spent: () => ({ amount: 0, calls: 0, rows: 0 }),
};

it("bytes that no approval covers hold none, and nobody is asked about them", async () => {
  const world = await approvalWorld();
  const call = world.call();
  const question: CallQuestion = {
    ...call,
    pin: { ...call.pin, current: call.pin.approved },
    bodySigned: true,
  };
  const resumed = { ...question, isResumed: true };
  const { handle } = world.ask(call);
  await world.answer(handle, world.people.enrol("Bea", ["approver"]));
  const reader = approvalsInDecisions(world.approvals, flow);
  expect(reader.held(question).map(({ requirement }) => requirement)).toEqual(["approver#1"]);
  expect(reader.held(resumed)).toEqual([]);

  const deps = { approvals: approvalsInGateway(world.approvals, flow) };
  const verdict = {
    verdict: "refuse",
    code: "approval_required",
    policies: [],
    reason: "r",
    policy: digest,
    procedure: digest,
    inputs: [],
    requires: ["security#1"],
  } as const;
  const known = { era: "modern", verdict } as const;
  expect(askPeople({ deps }, { ...known, question }, digest)?.kind).toBe("asked");
  expect(askPeople({ deps }, { ...known, question: resumed }, digest)).toMatchObject({
    kind: "not_asked",
    sentence: expect.stringContaining("carries answers"),
  });
});
