import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { cast, operations } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep } from "../self-test/fixture-edits.ts";
import { callInputs, type ToldCall, tellCall } from "../self-test/normal-life.ts";
import { idFor, type Story, type StoryEdit } from "../self-test/story.ts";
import { controls } from "./all.ts";
import { tsc05 } from "./tsc/tsc-05.ts";

const given = { entry: idFor("approved"), requirement: "approver#1" };

function judged(options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get("TSC-05");
}

/** The server with these operations. */
function offering(tools: readonly JsonObject[]): StoryEdit {
  return atStep("server", (draft) => ({ ...draft, content: { document: { id: "files", tools } } }));
}

/** A call of an operation that does this. */
function calling(effect: string, egress: boolean, call: Partial<ToldCall> = {}): FixtureOptions {
  const told = { name: "op", effect, egress, dataClass: "internal", scope: "files:write" };
  return {
    edit: offering([...operations, told]),
    more: (story) => tellCall(story, { name: "op", token: "root", tool: "op", ...call }),
  };
}

/** The same, where inputs of that decision say otherwise; undefined takes one away. */
function saying(options: FixtureOptions, path: string, value: JsonObject | undefined): FixtureOptions {
  const edit: StoryEdit = (step, draft) => {
    const told = options.edit === undefined ? draft : options.edit(step, draft);
    if (step !== "decide op" || told === undefined) return told;
    const others = (told.inputs ?? []).filter((item) => item["path"] !== path);
    const changed = value === undefined ? [] : [{ path, value, from: { by: "gate" } }];
    return { ...told, inputs: [...others, ...changed] };
  };
  return { ...options, edit };
}

const sentOut = "something was sent out or done for good after strangers' content, without approval";

describe("TSC-05, once strangers' content is in,", () => {
  test.each<[string, string, boolean, string]>([
    ["what cannot be undone, though it sends nothing out", "irreversible", false, "fail"],
    ["what sends out with a change", "write", true, "fail"],
    ["a change that sends nothing out", "write", false, "pass"],
    ["a read that sends out", "read", true, "pass"],
    ["a read", "read", false, "pass"],
  ])("of calls that nobody approved, judges %s (%s, egress %s): %s", (_, effect, egress, verdict) => {
    const result = judged(calling(effect, egress, { untrusted: true }));
    expect(result).toMatchObject({ verdict, parameters: { untrusted: 1 } });
    expect(result?.violations.map(({ says }) => says)).toEqual(verdict === "fail" ? [sentOut] : []);
  });

  test("lets through what somebody approved", () => {
    const approved = judged({
      edit: atStep("decide send", (draft) => ({
        ...draft,
        inputs: callInputs({ tool: "send_money", approvals: [given], untrusted: true }, cast.agent),
      })),
    });
    expect(approved).toMatchObject({ verdict: "pass", parameters: { untrusted: 1 } });
  });

  test("takes a call that does not say what it called for one that does something for good", () => {
    expect(
      judged(saying(calling("read", false, { untrusted: true }), "/call", undefined))?.violations,
    ).toMatchObject([{ says: sentOut }]);
  });

  test.each([["/labels/transaction"], ["/labels/instance"]])("goes by %s alone as by both", (path) => {
    const label = { class: "internal", untrusted: true };
    expect(judged(saying(calling("irreversible", true), path, label))?.violations).toMatchObject([
      { says: sentOut },
    ]);
  });
});

describe("TSC-05, of calls of which none is drawn,", () => {
  const undrawn = { ...tsc05, limits: { opened_of_a_day: 0, then_one_in: 65_536 } };

  function looked(options: FixtureOptions): number | undefined {
    return judgeFixture([undrawn], fixture(options)).get("TSC-05")?.population.count;
  }

  function tellUntrusted(story: Story): void {
    const body = { state: "transaction", ref: cast.txn, class: "internal", untrusted: true };
    story.tell("label", {
      type: "label",
      agent: cast.agent,
      txn: cast.txn,
      body: { ...body, because: idFor("x") },
    });
  }

  function marked(tools: readonly string[]): FixtureOptions {
    return {
      edit: offering(operations.filter(({ name }) => tools.includes(String(name)))),
      more: (story) => {
        tellUntrusted(story);
        tellCall(story, { name: "op", token: "root", tool: "read_text", untrusted: true });
      },
    };
  }

  test("opens every one that strangers' content had reached, at a server that can change something", () => {
    expect(looked(marked(["read_text", "write_text"]))).toBe(1);
    expect(looked(marked(["write_text"]))).toBe(1);
    expect(looked(marked(["read_text"]))).toBe(0);
  });

  test("opens no other", () => {
    expect(looked({})).toBe(0);
  });
});
