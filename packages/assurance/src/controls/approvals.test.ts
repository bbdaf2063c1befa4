import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import type { World } from "../fold/world.ts";
import { cast, operations } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep, inWorld, withBody, withInput } from "../self-test/fixture-edits.ts";
import { tellCall } from "../self-test/normal-life.ts";
import { digestFor, idFor, type Story, type StoryDraft, type StoryEdit, txnFor } from "../self-test/story.ts";
import { controls } from "./all.ts";

const given = { entry: idFor("approved"), requirement: "approver#1" };
const unknown = { entry: idFor("nowhere"), requirement: "approver#2" };

function judged(id: string, options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get(id);
}

/** Another approval of the same request: by whom, and for which place. */
function approve(story: Story, name: string, change: JsonObject): void {
  const body = {
    approval: idFor("approval"),
    kind: "call",
    digest: digestFor("action"),
    action: "approved",
    person: cast.approver,
    credential: digestFor("passkey approver"),
    role: "approver",
    slot: 2,
    ...change,
  };
  story.tell(name, { type: "approval", agent: cast.agent, txn: cast.txn, body });
}

/** Told in place of the refusal that asked: it stands before the approval. */
function before(draft: StoryDraft): FixtureOptions {
  return { edit: atStep("refuse send", () => draft) };
}

function approverIs(change: JsonObject): FixtureOptions {
  return before({ type: "person", body: { person: cast.approver, action: "changed", ...change } });
}

const reading = (world: World): World => ({
  ...world,
  manifest: {
    ...world.manifest,
    tools: world.manifest.tools.filter(({ effect }) => effect !== "irreversible"),
  },
});

/** The server, with these of its operations alone. */
function offering(...names: readonly string[]): StoryEdit {
  const tools = operations.filter(({ name }) => names.includes(String(name)));
  return atStep("server", (draft) => ({ ...draft, content: { document: { id: "files", tools } } }));
}

/** A call in a transaction of its own. */
const elsewhere: StoryEdit = (step, draft) =>
  /^(?:decide|dispatch|outcome) again$/.test(step) ? { ...draft, txn: txnFor("another task") } : draft;

function sendAgain(approvals: readonly JsonObject[]): (story: Story) => void {
  return (story) => tellCall(story, { name: "again", token: "root", tool: "send_money", approvals });
}

describe("APR-01", () => {
  test("fails when one of several signatures is not in the log", () => {
    const result = judged("APR-01", withInput("decide send", "/approvals", [given, unknown]));
    expect(result).toMatchObject({
      verdict: "fail",
      violations: [{ says: "an irreversible call names an approval that is not in the log" }],
    });
  });

  test("leaves open what a call that does not say what it called has done", () => {
    const calls: readonly (JsonObject | undefined)[] = [
      undefined,
      { server: "files", name: "send_money" },
      { kind: "tool", name: "send_money" },
      { kind: "tool", server: "files" },
    ];
    for (const call of calls)
      expect(judged("APR-01", withInput("decide read", "/call", call)), JSON.stringify(call)).toMatchObject({
        verdict: "not_established",
        population: { count: 2 },
        decided: 1,
      });
  });

  test("takes what nobody registered for the worst", () => {
    const operation = { kind: "tool", server: "files", name: "burn" };
    for (const call of [operation, { ...operation, server: "elsewhere" }])
      expect(judged("APR-01", withInput("decide read", "/call", call))).toMatchObject({
        verdict: "fail",
        violations: [{ says: "an irreversible call ran without a person's approval" }],
      });
    const unregistered = judged("APR-01", { edit: atStep("server", () => undefined) });
    expect(unregistered).toMatchObject({ verdict: "fail", population: { count: 3 }, violations_in_all: 2 });
  });

  test("looks at a server that offers nothing but what cannot be undone", () => {
    expect(judged("APR-01", { edit: offering("send_money") })).toMatchObject({ population: { count: 3 } });
  });

  test("does not open calls of a server that offers nothing such", () => {
    const { entries, world } = fixture({ edit: offering("read_text", "write_text") });
    const closed = entries.map((one) => ({
      ...one,
      openings: one.leaf.type === "registry" ? one.openings : {},
    }));
    const results = judgeFixture(controls, { entries: closed, world });
    expect(results.get("APR-01")).toMatchObject({ population: { count: 0 } });
    const helped = fixture({
      edit: (step, draft) => elsewhere(step, offering("read_text")(step, draft) ?? draft),
    });
    expect(judgeFixture(controls, helped).get("APR-03")).toMatchObject({ population: { count: 1 } });
  });
});

test.each([["APR-01"], ["APR-02"], ["APR-03"]])(
  "%s governs what was done, though nothing irreversible can be reached any more",
  (id) => {
    expect(judged(id, { world: reading })).toMatchObject({ verdict: "pass", population: { count: 1 } });
  },
);

describe("APR-02", () => {
  test("looks at refusals as it does at approvals", () => {
    expect(judged("APR-02", withBody("approved", { action: "refused" }))).toMatchObject({
      verdict: "pass",
      population: { count: 1 },
    });
    const byOther = { action: "refused", role: "security" };
    expect(judged("APR-02", withBody("approved", byOther))?.verdict).toBe("fail");
  });

  test.each<[string, FixtureOptions, string]>([
    ["nobody knows", withBody("approved", { person: idFor("nobody") }), "an approver is not enrolled"],
    ["has been removed", approverIs({ action: "removed" }), "an approver is not enrolled"],
    ["lost the role", approverIs({ roles: ["auditor"] }), "an approver does not hold the role"],
    [
      "lost the passkey",
      approverIs({ action: "credential_removed", credential: digestFor("passkey approver") }),
      "an approval was signed with a passkey that is not hers",
    ],
    [
      "has signed already",
      { more: (story) => approve(story, "once more", {}) },
      "one person signed twice for one call",
    ],
  ])("fails where an approver is somebody who %s", (_, options, says) => {
    expect(judged("APR-02", options)).toMatchObject({
      verdict: "fail",
      violations: [{ says }],
      violations_in_all: 1,
    });
  });

  test("lets two people approve one call", () => {
    const byTwo = judged("APR-02", {
      more: (story) =>
        approve(story, "second", {
          person: cast.signers.security,
          credential: digestFor("passkey security"),
          role: "security",
        }),
    });
    expect(byTwo).toMatchObject({ verdict: "pass", population: { count: 2 } });
  });

  test("looks at an approval of which nobody knows the request, or the agent", () => {
    const unasked = judged("APR-02", { edit: atStep("requested", () => undefined) });
    expect(unasked).toMatchObject({ verdict: "pass", population: { count: 1 } });
    const ofNone = judged("APR-02", { edit: atStep("approved", ({ agent: _, ...draft }) => draft) });
    expect(ofNone).toMatchObject({ verdict: "pass", population: { count: 1 } });
  });

  test("counts what the owner approved from the first moment of the window on", () => {
    const instant = fixture().entries.find(({ leaf }) => leaf.id === given.entry)?.leaf.at ?? 0;
    const from = (start: number) =>
      judged(
        "APR-02",
        inWorld((world) => ({
          ...world,
          agent: { ...world.agent, deputy: cast.approver },
          window: { ...world.window, from: start },
        })),
      );
    expect(from(instant)).toMatchObject({ verdict: "fail", violations_in_all: 1 });
    expect(from(instant + 1)?.verdict).toBe("pass");
  });
});

describe("APR-03", () => {
  test("counts the calls that rest on an approval, and no other of their transaction", () => {
    const again = { name: "again", token: "root", tool: "read_text" };
    expect(judged("APR-03", { more: (story) => tellCall(story, again) })).toMatchObject({
      verdict: "pass",
      population: { count: 1 },
    });
  });

  test("fails when the second of two signatures is not in the log", () => {
    expect(judged("APR-03", withInput("decide send", "/approvals", [given, unknown]))).toMatchObject({
      verdict: "fail",
      violations: [{ says: "a call rests on a signature that is not in the log" }],
    });
  });

  test("fails when one signature is named for two places of one call", () => {
    const twice = [given, { ...given, requirement: "approver#2" }];
    expect(judged("APR-03", withInput("decide send", "/approvals", twice))).toMatchObject({
      verdict: "fail",
      violations: [{ says: "one signature was used for two places of one call" }],
      violations_in_all: 1,
    });
  });

  test("lets a call rest on two signatures of two people", () => {
    const byTwo = judged("APR-03", {
      more: (story) => {
        approve(story, "first of two", {});
        approve(story, "second of two", { person: cast.signers.security, slot: 3 });
        const both = ["first of two", "second of two"].map((name, n) => ({
          entry: idFor(name),
          requirement: `approver#${n + 2}`,
        }));
        tellCall(story, { name: "again", token: "root", tool: "send_money", approvals: both });
      },
    });
    expect(byTwo).toMatchObject({ verdict: "pass", population: { count: 2 } });
  });

  test("fails for a call that rests on what was taken back", () => {
    const body = {
      approval: idFor("approval"),
      kind: "call",
      digest: digestFor("action"),
      action: "withdrawn",
    };
    const withdrawn = judged("APR-03", {
      more: (story) => {
        story.tell("withdrawn", { type: "approval", agent: cast.agent, txn: cast.txn, body });
        approve(story, "after all", {});
        const late = { entry: idFor("after all"), requirement: "approver#2" };
        tellCall(story, { name: "again", token: "root", tool: "send_money", approvals: [late] });
      },
    });
    expect(withdrawn).toMatchObject({
      verdict: "fail",
      violations: [{ says: "a call rests on an approval that was withdrawn" }],
    });
  });

  test("fails for a call of another transaction, in which nobody approved anything", () => {
    const borrowed = { edit: elsewhere, more: sendAgain([given]) };
    expect(judged("APR-03", borrowed)).toMatchObject({
      verdict: "fail",
      violations: [{ says: "one signature was used for two calls" }],
    });
    const first: StoryEdit = (step, draft) =>
      / send$/.test(step) && !step.startsWith("refuse") ? undefined : elsewhere(step, draft);
    expect(judged("APR-03", { ...borrowed, edit: first })).toMatchObject({
      verdict: "fail",
      violations: [{ says: "a call rests on an approval for another transaction" }],
    });
    const atSuchAlone: StoryEdit = (step, draft) => first(step, offering("send_money")(step, draft) ?? draft);
    expect(judged("APR-03", { ...borrowed, edit: atSuchAlone })).toMatchObject({
      verdict: "fail",
      violations: [{ says: "a call rests on an approval for another transaction" }],
    });
  });

  test("does not break on a call of no transaction", () => {
    const ofNone = judged("APR-03", { edit: atStep("dispatch send", ({ txn: _, ...draft }) => draft) });
    expect(ofNone).toMatchObject({
      verdict: "fail",
      violations: [{ says: "a call rests on an approval for another transaction" }],
    });
  });
});

test("TSC-01 takes a call that does not say its kind for one of a tool", () => {
  const { edit: unpinned } = withInput("decide read", "/pin/approved", undefined);
  const calls = (call: JsonObject | undefined) => {
    const { edit } = withInput("decide read", "/call", call);
    const both: StoryEdit = (step, draft) => edit?.(step, unpinned?.(step, draft) ?? draft);
    return judged("TSC-01", { edit: both })?.verdict;
  };
  const server = "files";
  expect([calls(undefined), calls({ server, name: "x" })]).toEqual(["fail", "fail"]);
  expect([
    calls({ kind: "prompt", server, name: "x" }),
    calls({ kind: "resource", server, name: "x" }),
  ]).toEqual(["pass", "pass"]);
});
