import { describe, expect, test } from "vitest";
import { cast, tok } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep, inWorld, withBody, withInput, withRetention } from "../self-test/fixture-edits.ts";
import { agentDocument, registration, tellCall } from "../self-test/normal-life.ts";
import {
  digestFor,
  idFor,
  STORY_BEGINS,
  type Story,
  type StoryDraft,
  type StoryEdit,
} from "../self-test/story.ts";
import { controls } from "./all.ts";

const day = 86_400_000;

function tellLabel(story: Story, untrusted: boolean): void {
  const body = {
    state: "transaction",
    ref: cast.txn,
    class: "internal",
    untrusted,
    because: idFor("decide read"),
  };
  story.tell(`label ${untrusted}`, { type: "label", agent: cast.agent, txn: cast.txn, body });
}

const again = { name: "again", token: "root", tool: "write_text" };

/** The log of an instance of `staging`: in production each release has policies of its own. */
const outsideProduction = (draft: StoryDraft): StoryDraft => ({
  ...draft,
  body: { ...draft.body, environment: "staging" },
});

/** Another policy comes into force between a permit and its dispatch. */
const policyChanged: StoryEdit = atStep("dispatch write", () => ({
  type: "policy",
  body: {
    digest: digestFor("next"),
    previous: cast.policy,
    procedure: cast.procedure,
    operator: cast.operator,
  },
  proof: { request: "signed" },
}));

const ofHelper = inWorld((world) => ({ ...world, agent: { ...world.agent, ref: cast.helper } }));

const cases: readonly (readonly [string, RegExp, FixtureOptions])[] = [
  [
    "POL-05",
    /used twice/,
    {
      edit: atStep("outcome read", (draft) => ({
        ...draft,
        type: "dispatch",
        body: { decision: idFor("decide read"), server: cast.server, digest: digestFor("bytes") },
      })),
    },
  ],
  [
    "POL-05",
    /had been replaced/,
    {
      edit: (step, draft) => (step === "genesis" ? outsideProduction(draft) : policyChanged(step, draft)),
      more: (story) => tellCall(story, again),
    },
  ],
  ["POL-01", /without \/context\/env/, withInput("decide read", "/context/env", undefined)],
  ["POL-03", /no operator signed/, { edit: atStep("policy", ({ proof: _, ...draft }) => draft) }],
  ["POL-03", /an author signed/, inWorld((world) => ({ ...world, authors: [cast.signers.iam] }))],
  ["DEL-01", /outlives/, withBody("token child", { expires_s: STORY_BEGINS / 1000 + 7200 })],
  ["DEL-01", /not in the log/, { ...withBody("token child", { parent: tok("nowhere") }), ...ofHelper }],
  ["DEL-02", /no mandate/, withBody("mint root", { mandate: undefined })],
  ["DEL-02", /no permit/, { edit: atStep("mint root", () => undefined) }],
  ["DEL-06", /longer than allowed/, withBody("mandate", { expires: STORY_BEGINS + 40 * day })],
  ["DEL-06", /not open/, withBody("decide read", { mandate: idFor("nowhere") })],
  ["CRD-01", /two agents/, withBody("attestation helper", { jkt: digestFor("key triage") })],
  ["CRD-02", /another instance/, foreign("a key")],
  ["CRD-03", /taken twice/, withBody("decide write", { use: digestFor("use call read") })],
  ["CRD-04", /signing key is older/, inWorld((world) => ({ ...world, at: world.at + 200 * day }))],
  ["IDN-02", /one person/, inWorld((world) => ({ ...world, agent: { ...world.agent, deputy: cast.owner } }))],
  [
    "IDN-02",
    /no longer enrolled/,
    {
      more: (story) =>
        story.tell("gone", { type: "person", body: { action: "removed", person: cast.owner } }),
    },
  ],
  ["IDN-02", /later than its tier/, expiring(STORY_BEGINS / 1000 + 900 * 86_400)],
  ["IDN-02", /after the agent expired/, expiring(STORY_BEGINS / 1000 - 1)],
  ["IDN-03", /never brought into force/, { edit: atStep("activated", () => undefined) }],
  [
    "IDN-05",
    /let through/,
    {
      more: (story) =>
        tellCall(story, {
          name: "late",
          token: "child",
          tool: "read_text",
          agent: cast.helper,
          after: 1_000_000,
        }),
    },
  ],
  [
    "APR-01",
    /not in the log/,
    withInput("decide send", "/approvals", [{ entry: idFor("nowhere"), requirement: "approver#1" }]),
  ],
  ["APR-02", /does not hold the role/, withBody("approved", { role: "security" })],
  ["APR-02", /not hers/, withBody("approved", { credential: digestFor("passkey owner") })],
  [
    "APR-02",
    /owner or deputy/,
    inWorld((world) => ({ ...world, agent: { ...world.agent, owner: cast.approver } })),
  ],
  ["APR-03", /time was over/, withBody("requested", { not_after: STORY_BEGINS + 1 })],
  ["TSC-01", /nobody pinned/, withInput("decide read", "/pin/approved", undefined)],
  [
    "TSC-01",
    /suspended/,
    {
      more: (story) => {
        story.tell("server gone", registration("server", cast.server, { id: "files" }, "suspended"));
        tellCall(story, again);
      },
    },
  ],
  [
    "TSC-01",
    /retired/,
    {
      more: (story) => {
        story.tell("server gone", registration("server", cast.server, { id: "files" }, "retired"));
        tellCall(story, again);
      },
    },
  ],
  ["TSC-05", /without labels/, withInput("decide read", "/labels/transaction", undefined)],
  [
    "TSC-05",
    /did not know/,
    {
      more: (story) => {
        tellLabel(story, true);
        tellCall(story, again);
      },
    },
  ],
  [
    "CTN-02",
    /after it had been revoked/,
    {
      edit: atStep("decide again", (draft) => ({ ...draft, body: { ...draft.body, feed: 1 } })),
      more: (story) =>
        tellCall(story, {
          name: "again",
          token: "child",
          tool: "read_text",
          agent: cast.helper,
          after: 9000,
        }),
      world: (world) => ({ ...world, agent: { ...world.agent, ref: cast.helper } }),
    },
  ],
  ["REL-01", /behind the agent/, inWorld((world) => ({ ...world, authors: [cast.signers.pam] }))],
  ["REL-01", /another deployment/, inWorld((world) => ({ ...world, deployment: digestFor("other") }))],
  ["REL-01", /too long ago/, inWorld((world) => ({ ...world, at: world.at + 91 * day }))],
  ["REL-01", /did not hold the role/, { edit: atStep("passkey iam", () => undefined) }],
  ["REL-01", /refused or withdrawn/, withBody("activated", { action: "withdrawn" })],
  ["REL-04", /no release that was in force/, withBody("token root", { epochs: [["all:all", 0]] })],
  ["REL-05", /took too long/, slowRollback()],
  ["EVD-06", /content is kept 30 days of the 183/, withRetention({ days: { content: 30 } })],
  ["EVD-06", /by a rule of 182 days, and 183 are demanded/, withRetention({ rule_days: 182 })],
  [
    "EVD-06",
    /while a hold was over it/,
    withRetention({ failed: [{ entry: idFor("x"), says: "erased while a hold was over it" }] }),
  ],
  ["EVD-03", /no permit before it/, { edit: atStep("mint root", () => undefined) }],
];

function foreign(key: string): FixtureOptions {
  return inWorld(({ gate, ...world }) =>
    gate === undefined ? world : { ...world, gate: { ...gate, foreignKeys: [key] } },
  );
}

function expiring(expires: number): FixtureOptions {
  const document = { ...agentDocument("triage", ["fetcher"]), expires };
  return { edit: atStep("agent", (draft) => ({ ...draft, content: { document } })) };
}

function slowRollback(): FixtureOptions {
  return inWorld((world) => ({
    ...world,
    drills: world.drills.map((one) => ({
      ...one,
      result: { ...one.result, figures: { rollback_ms: 9000 } },
    })),
  }));
}

describe("a control", () => {
  test.each(cases)("%s fails with %s", (id, says, options) => {
    const result = judgeFixture(controls, fixture(options)).get(id);
    expect(result?.verdict).toBe("fail");
    expect(result?.violations.map((one) => one.says).join("; ")).toMatch(says);
  });

  test.each<[string, RegExp, FixtureOptions]>([
    ["EVD-02", /no witness/, heads({ threshold: 0 })],
    ["EVD-02", /1 of 2 witnesses/, heads({ threshold: 2, witnesses: 1 })],
    [
      "EVD-06",
      /older than a day/,
      withRetention({ bands: [{ from_days: 0, records: 9, fetched: 9, opened: 9, erased: 0 }] }),
    ],
    [
      "EVD-06",
      /nothing sealed came back/,
      withRetention({ bands: [{ from_days: 1, records: 9, fetched: 9, opened: 0, erased: 9 }] }),
    ],
    [
      "EVD-06",
      /nothing to look at/,
      withRetention({ bands: [{ from_days: 0, records: 0, fetched: 0, opened: 0, erased: 0 }], looked: 0 }),
    ],
    ["REL-01", /not signed yet: pam/, { edit: atStep("signed pam", () => undefined) }],
    [
      "IDN-02",
      /no enrolled person/,
      inWorld(({ agent: { owner: _, ...agent }, ...world }) => ({ ...world, agent })),
    ],
    ["DEL-05", /no mapping/, { edit: atStep("settings", () => undefined) }],
    ["POL-03", /nobody but its author/, { edit: atStep("signed iam", () => undefined) }],
    ["REL-03", /open: .*REL-01/, { edit: atStep("signed pam", () => undefined) }],
  ])("%s is left open with %s", (id, unmet, options) => {
    const result = judgeFixture(controls, fixture(options)).get(id);
    expect(result?.verdict).toBe("not_established");
    expect(result?.unmet).toMatch(unmet);
  });

  test("EVD-06 is stale where records were last fetched a month ago, and names the ages of which there are none", () => {
    const told = fixture(withRetention({ at: STORY_BEGINS - 31 * day }));
    expect(judgeFixture(controls, told).get("EVD-06")).toMatchObject({
      verdict: "stale",
      parameters: { ages_without_records: [7], kept: { content: 365, proof: "for good" } },
    });
  });

  test("POL-05 leaves to the replay what is in force for a release in production", () => {
    const changed = fixture({ edit: policyChanged, more: (story) => tellCall(story, again) });
    expect(judgeFixture(controls, changed).get("POL-05")?.verdict).toBe("pass");
  });

  test("TSC-05 goes by the newest label: what people let fall is trusted again", () => {
    const told = fixture({
      more: (story) => {
        tellLabel(story, true);
        tellLabel(story, false);
        tellCall(story, again);
      },
    });
    expect(judgeFixture(controls, told).get("TSC-05")?.verdict).toBe("pass");
  });

  test("REL-05 is not established by drills that do not say how long going back took", () => {
    const silent = inWorld((world) => ({
      ...world,
      drills: world.drills.map((one) => ({ ...one, result: { ...one.result, figures: {} } })),
    }));
    expect(judgeFixture(controls, fixture(silent)).get("REL-05")?.verdict).toBe("not_established");
  });

  test.each([["APR-01"], ["APR-02"], ["APR-03"]])(
    "%s governs nothing where nothing is irreversible",
    (id) => {
      const told = fixture({
        edit: (step, draft) => (/send|requested|approved/.test(step) ? undefined : draft),
        world: (world) => ({
          ...world,
          manifest: {
            ...world.manifest,
            tools: world.manifest.tools.filter(({ effect }) => effect !== "irreversible"),
          },
        }),
      });
      expect(judgeFixture(controls, told).get(id)?.verdict).toBe("not_applicable");
    },
  );
});

function heads(change: { readonly threshold?: number; readonly witnesses?: number }): FixtureOptions {
  return inWorld(({ heads: known, ...world }) =>
    known === undefined ? world : { ...world, heads: { ...known, ...change } },
  );
}
