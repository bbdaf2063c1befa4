import { type JsonObject, toBase64url, utf8 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { authorityOver, cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep } from "../self-test/fixture-edits.ts";
import { mandateDocument } from "../self-test/normal-life.ts";
import { txnFor } from "../self-test/story.ts";
import { controls } from "./all.ts";

function judged(id: string, options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get(id);
}

function encoded(value: JsonObject): string {
  return toBase64url(utf8(JSON.stringify(value)));
}

const [triage, fetcher, other] = [{ sub: "triage" }, { sub: "fetcher" }, { sub: "other" }];

describe("DEL-02", () => {
  /** A token that says this of the agents it passed through. */
  const saying = (token: string, claims: JsonObject): FixtureOptions => ({
    edit: atStep(`token ${token}`, (draft) => ({
      ...draft,
      proof: { signing_input: `${encoded({})}.${encoded(claims)}` },
    })),
  });
  const ofUser = { sub_profile: "user" };
  const ofAgent = { sub_profile: "ai_agent" };

  test.each<[string, string, JsonObject, string]>([
    ["every agent, the presenter first", "child", { ...ofUser, act: { ...fetcher, act: triage } }, "pass"],
    ["one agent too few", "child", { ...ofUser, act: fetcher }, "fail"],
    [
      "one agent too many",
      "child",
      { ...ofUser, act: { ...fetcher, act: { ...triage, act: other } } },
      "fail",
    ],
    ["the agents the other way round", "child", { ...ofUser, act: { ...triage, act: fetcher } }, "fail"],
    ["nobody, for a person", "root", ofUser, "fail"],
    ["nobody, for an agent of its own", "root", ofAgent, "pass"],
    ["itself, for an agent of its own", "root", { ...ofAgent, act: triage }, "fail"],
    ["whom an agent of its own handed it to", "child", { ...ofAgent, act: fetcher }, "pass"],
  ])("holds a token to its chain: it names %s (%s)", (_, token, claims, verdict) => {
    expect(judged("DEL-02", saying(token, claims))).toMatchObject({ verdict, decided: 2 });
  });

  test("wants the mandate to be one of the same transaction", () => {
    const elsewhere = { edit: atStep("token root", (draft) => ({ ...draft, txn: txnFor("another") })) };
    expect(judged("DEL-02", elsewhere)?.violations).toMatchObject([
      { says: "a token is of another transaction than its mandate" },
    ]);
  });
});

describe("DEL-05", () => {
  const all = authorityOver(["read_text", "write_text", "send_money"], 4);
  const part = (scope: string, tool: string): JsonObject => ({ ...authorityOver([tool], 4), scope: [scope] });
  const entitled = (...entitlements: readonly JsonObject[]): FixtureOptions => ({
    edit: atStep("settings", (draft) => ({
      ...draft,
      content: { document: { entitlements: [...entitlements] } },
    })),
  });
  const grace = "https://idp.example#grace";

  test.each<[string, readonly JsonObject[], string]>([
    ["herself", [{ subject: grace, authority: all }], "pass"],
    ["somebody else", [{ subject: `${grace}2`, authority: all }], "fail"],
    [
      "somebody else, of her group",
      [{ subject: "https://idp.example#ada", group: "support", authority: all }],
      "fail",
    ],
    ["a group of hers", [{ group: "support", authority: all }], "pass"],
    ["a group of others", [{ group: "sales", authority: all }], "fail"],
    [
      "a group of hers at her provider",
      [{ issuer: "https://idp.example", group: "support", authority: all }],
      "pass",
    ],
    ["a group at another provider", [{ issuer: "https://idp", group: "support", authority: all }], "fail"],
    ["nobody", [], "fail"],
    ["a group of hers, with no authority", [{ group: "support", authority: { scope: 1 } }], "fail"],
    [
      "two rules that give part each",
      [
        { group: "support", authority: { ...all, scope: ["files:write"] } },
        { subject: grace, authority: part("files:read", "read_text") },
      ],
      "pass",
    ],
    [
      "two rules that name resources, the first a later one",
      [
        { group: "support", authority: { ...all, resource: [`${cast.issuer}/mcp/zeta`] } },
        { subject: grace, authority: all },
      ],
      "pass",
    ],
    ["one that gives part", [{ group: "support", authority: part("files:read", "read_text") }], "fail"],
  ])("compares a mandate with what is given to %s", (_, rules, verdict) => {
    expect(judged("DEL-05", entitled(...rules))).toMatchObject({ verdict, decided: 1 });
  });

  test("passes over mandates of agents for themselves", () => {
    const document = { ...mandateDocument(), subject: "agent:triage" };
    const own = {
      edit: atStep("mandate", (draft) => ({ ...draft, content: { ...draft.content, document } })),
    };
    expect(judged("DEL-05", own)).toMatchObject({ population: { count: 0 }, parameters: { opened: 0 } });
  });
});

test("DEL-06 looks at what was let through, and not at what was refused or opens a task", () => {
  const decided = (name: string, change: JsonObject): FixtureOptions => ({
    more: (story) =>
      story.tell(name, {
        type: "decision",
        agent: cast.agent,
        after: 60_000,
        body: {
          action: "call",
          policy: cast.policy,
          procedure: cast.procedure,
          feed: 1,
          mandate: cast.mandate,
          ...change,
        },
      }),
  });
  const refused = decided("refused", { verdict: "refuse", code: "mandate_ended" });
  expect(judged("DEL-06", refused)).toMatchObject({ verdict: "pass", population: { count: 6 } });
  const opening = decided("opening", { verdict: "permit", action: "mandate" });
  expect(judged("DEL-06", opening)).toMatchObject({ verdict: "pass", population: { count: 6 } });
  expect(judged("DEL-06", decided("late", { verdict: "permit" }))?.verdict).toBe("fail");
});
