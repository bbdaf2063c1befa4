import { describe, expect, test } from "vitest";
import intent from "../../../../test/vectors/flow/intent.json" with { type: "json" };
import labels from "../../../../test/vectors/flow/labels.json" with { type: "json" };
import obligations from "../../../../test/vectors/flow/obligations.json" with { type: "json" };
import posture from "../../../../test/vectors/flow/posture.json" with { type: "json" };
import spent from "../../../../test/vectors/flow/spent.json" with { type: "json" };
import {
  amountOf,
  exceedsStore,
  exceedsTier,
  isAtMost,
  isOutsideIntent,
  joinLabels,
  labelInContext,
  needsPerson,
  readLabel,
  redact,
  TOOL_EFFECTS,
} from "../index.ts";

const label = (value: unknown) => readLabel(value, "");
const effectOf = (name: string) => TOOL_EFFECTS.find((effect) => effect === name) ?? "irreversible";
const kindOf = (name: string) =>
  (["tool", "resource", "prompt"] as const).find((kind) => kind === name) ?? "tool";

describe("labels", () => {
  test.each(labels.join)("join $name", ({ labels: given, join }) => {
    expect(joinLabels(...given.map(label))).toEqual(join);
  });
  test("are ordered", () => {
    for (const { below, above, holds } of labels.at_most)
      expect(isAtMost(label(below), label(above))).toBe(holds);
  });
  test("are written for policies with their rank", () => {
    for (const { label: given, context } of labels.in_context)
      expect(labelInContext(label(given))).toEqual(context);
  });
  test("exceed a store that is declared lower, by whatever is no read", () => {
    for (const { carried, effect, store, exceeds } of labels.exceeds_store) {
      const declared = store === null ? undefined : label(store);
      expect(exceedsStore(label(carried), effectOf(effect), declared)).toBe(exceeds);
    }
  });
});

describe("what a task needs", () => {
  test.each(intent.cases)("$name", ({ intent: known, call, outside }) => {
    expect(isOutsideIntent(known, { ...call, kind: kindOf(call.kind) })).toBe(outside);
  });
});

describe("what a call moves", () => {
  test.each(spent.amounts)("$name", ({ pointer, arguments: args, amount }) => {
    expect(amountOf(pointer ?? undefined, Object(args))).toBe(amount ?? undefined);
  });
});

describe("posture", () => {
  test.each(posture.cases)("$tier, $effect, $approvals", ({ tier, effect, approvals, ...expected }) => {
    expect(exceedsTier(tier, effectOf(effect))).toBe(expected.exceeded);
    expect(needsPerson(tier, effectOf(effect), approvals)).toBe(expected.needs_person);
  });
});

describe("arguments without what is to be redacted", () => {
  test.each(obligations.redact)("$name", ({ pointers, arguments: args, left }) => {
    expect(redact(Object(args), pointers)).toEqual(left);
  });
});
