import type { DraftOrNext, LeafDraft } from "@narrowgate/contracts";
import { beforeEach, describe, expect, it } from "vitest";
import { type BoundedRefusals, boundRefusals } from "./bound-refusals.ts";

const clock = { ms: 0, nowMs: () => clock.ms };
let written: LeafDraft[];
let bounded: BoundedRefusals;

beforeEach(() => {
  clock.ms = 600_000;
  written = [];
  const record = (group: readonly DraftOrNext[]) => {
    for (const draft of group) if (typeof draft !== "function") written.push(draft);
    return { leaves: [], durable: Promise.resolve() };
  };
  bounded = boundRefusals({ record }, clock, 3);
});

function decision(verdict: "permit" | "refuse", instance: string, code = "policy_denied"): LeafDraft {
  const rules = { policy: "p", procedure: "q", feed: 0 };
  return {
    type: "decision",
    agent: `agent of ${instance}`,
    txn: "t",
    body: {
      action: "mint",
      verdict,
      instance,
      use: "u",
      ...rules,
      ...(verdict === "refuse" ? { code } : {}),
    },
    proof: { dpop: "secret" },
  };
}

const refuse = async (times: number, instance: string, code?: string): Promise<void> => {
  for (let n = 0; n < times; n++) await bounded.record([decision("refuse", instance, code)]).durable;
};

describe("refusals in the log", () => {
  it("are kept one by one up to the bound of an instance, and no other's", async () => {
    await refuse(10, "a");
    await refuse(2, "b");
    expect(written.map(({ body }) => body["instance"])).toEqual(["a", "a", "a", "b", "b"]);
  });

  it("are counted beyond it, and stand in one leaf when the minute is over", async () => {
    await refuse(5, "a");
    await refuse(4, "a", "invalid_scope");
    await bounded.flush("over");
    expect(written).toHaveLength(3);
    clock.ms += 60_000;
    await bounded.flush("over");
    await bounded.flush("over");
    expect(written).toHaveLength(4);
    expect(written[3]).toEqual({
      type: "decision",
      agent: "agent of a",
      body: {
        action: "mint",
        verdict: "refuse",
        code: "too_many_requests",
        instance: "a",
        policy: "p",
        procedure: "q",
        feed: 0,
      },
      content: {
        request: {
          counted: { invalid_scope: 4, policy_denied: 2 },
          from: "1970-01-01T00:10:00.000Z",
          until: "1970-01-01T00:11:00.000Z",
        },
        policies: [],
        reason: "6 more refusals of this instance were counted in this minute, not kept one by one.",
      },
    });
    await refuse(1, "a");
    expect(written).toHaveLength(5);
  });

  it("are not lost when the next minute begins with a request, nor at the end", async () => {
    await refuse(4, "a");
    clock.ms += 60_000;
    await refuse(5, "a");
    expect(written.map(({ body }) => body["code"])).toEqual([
      ...Array(3).fill("policy_denied"),
      "too_many_requests",
      ...Array(3).fill("policy_denied"),
    ]);
    await bounded.flush("all");
    expect(written.at(-1)?.content?.["request"]).toMatchObject({ counted: { policy_denied: 2 } });
  });

  it("never hold back a permit, a group, or state", async () => {
    await refuse(9, "a");
    const before = written.length;
    const row = { room: "r", key: "k", value: 1 };
    await bounded.record([decision("permit", "a")]).durable;
    await bounded.record([decision("refuse", "a"), decision("refuse", "a")]).durable;
    await bounded.record([decision("refuse", "a")], [row]).durable;
    expect(written).toHaveLength(before + 4);
  });
});
