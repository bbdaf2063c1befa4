import type { Label, MandateIntent } from "@narrowgate/contracts";
import { type JsonValue, randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import {
  asTheyAre,
  bottom,
  clock,
  compiled,
  decider,
  digest,
  nothingKnown,
  question,
} from "../../test/decisions/call-question.ts";
import { buildRequest, type Known } from "./build-request.ts";
import { type CallQuestion, createCallDecider } from "./index.ts";
import type { HeldApproval } from "./ports.ts";
import { createStableInputs } from "./stable-inputs.ts";

describe("rules that no policy can lift", () => {
  const carried = (label: Label, store?: Label): Known => ({
    ...nothingKnown,
    labels: {
      ...nothingKnown.labels,
      transaction: { ...bottom, label },
      ...(store === undefined ? {} : { store: { ...bottom, label: store } }),
    },
  });
  const writing: Partial<CallQuestion> = {
    record: {
      name: "read",
      dataClass: "internal",
      effect: "irreversible",
      egress: false,
      scope: "files:use",
    },
  };
  const intending = (intent: MandateIntent): Partial<CallQuestion> => {
    const { mandate } = question();
    return { mandate: { ...mandate, document: { ...mandate.document, intent } } };
  };

  it("refuse what the mandate does not name, when it names any of its kind", () => {
    const code = (intent: MandateIntent, more: Partial<CallQuestion> = {}) =>
      decider().decide(question({ question: { ...intending(intent), ...more } })).code;
    expect(code({ tools: ["files/other"] })).toBe("outside_intent");
    expect(code({ tools: ["files/read"] })).toBeUndefined();
    expect(code({ case: "CASE-7" })).toBeUndefined();
    expect(code({ resources: ["file:///tickets/"] })).toBeUndefined();
  });

  it("refuse to write above the class of a store, and let read", () => {
    const known = carried(
      { class: "restricted", untrusted: false },
      { class: "confidential", untrusted: false },
    );
    expect(decider(known).decide(question({ question: writing })).code).toBe("label_exceeded");
    expect(decider(known).decide(question()).code).toBeUndefined();
    const equal = carried(
      { class: "confidential", untrusted: true },
      { class: "confidential", untrusted: false },
    );
    expect(decider(equal).decide(question({ question: writing })).code).toBeUndefined();
  });

  it("let T1 read and nothing else, and ask a person about what T3 cannot take back", () => {
    const by = (
      tier: "T1" | "T2" | "T3",
      effect: "read" | "write" | "irreversible",
      known = nothingKnown,
    ) => {
      const { agent, record } = question();
      return decider(known).decide(
        question({ question: { agent: { ...agent, tier }, record: { ...record, effect } } }),
      );
    };
    expect([by("T1", "read").code, by("T1", "irreversible").code]).toEqual([undefined, "tier_exceeded"]);
    expect(by("T2", "irreversible").code).toBeUndefined();
    expect(by("T3", "irreversible")).toMatchObject({ code: "approval_required", requires: ["approver#1"] });
    const approved = { ...nothingKnown, approvals: [{ entry: digest, requirement: "approver#1" }] };
    expect(by("T3", "irreversible", approved).code).toBeUndefined();
  });

  it("refuse an amount that the arguments do not say", () => {
    const record = { ...question().record, amount: "/cents" };
    const asked = (cents: JsonValue) => question({ question: { record, arguments: { cents } } });
    for (const cents of ["100", -1, 1.5, null])
      expect(decider().decide(asked(cents)).code).toBe("policy_context_invalid");
    expect(decider().decide(asked(100))).toMatchObject({ verdict: "permit", amount: 100 });
  });

  it("show policies what was read before, whoever of the two carries it", () => {
    const { labels } = carried({ class: "confidential", untrusted: false });
    const instance = { ...bottom, label: { class: "internal", untrusted: true } as const };
    const known = { ...nothingKnown, labels: { ...labels, instance } };
    const { request } = buildRequest(question(), known, createStableInputs("dev", asTheyAre), 0);
    expect(request.context["labels"]).toEqual({ data_class: "confidential", rank: 2, untrusted: true });
  });

  it("hold for as long as what was known does", () => {
    let spent = nothingKnown.spent;
    let held: readonly HeldApproval[] = [];
    const policies = compiled;
    if (policies === undefined) throw new TypeError("the policies of this test do not compile");
    const deciding = createCallDecider(
      {
        clock,
        env: "dev",
        policies: () => ({ compiled: policies, procedure: digest, overlays: [] }),
        flow: { labels: () => nothingKnown.labels, spent: () => spent },
        approvals: { held: () => held },
      },
      asTheyAre,
    );
    const { holds } = deciding.decide(question());
    expect(holds()).toBe(true);
    spent = { ...spent, calls: 1 };
    expect(holds()).toBe(false);
    const asked = deciding.decide(question());
    held = [{ entry: randomId(), requirement: "approver#1" }];
    expect(asked.holds()).toBe(false);
  });
});
