import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { cast } from "../self-test/cast.ts";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { agentDocument, registration } from "../self-test/normal-life.ts";
import { idFor, Story, type StoryDraft } from "../self-test/story.ts";
import { type Known, serverById } from "./known.ts";

const { world } = fixture();

/** What is known after these registrations. */
function knownAfter(...drafts: readonly StoryDraft[]): Known {
  const story = new Story();
  for (const [i, draft] of drafts.entries()) story.tell(`step ${i}`, draft);
  return foldFixture([], { entries: story.entries, world }).known;
}

/** A registration of which only that it happened is known. */
function undisclosed(kind: string, ref: string, action = "changed"): StoryDraft {
  const { content: _, ...draft } = registration(kind, ref, {}, action);
  return draft;
}

const files: JsonObject = {
  id: "files",
  tools: [{ name: "read", effect: "read", dataClass: "public", egress: false }],
};
const server = registration("server", cast.server, files);
const settings = (document: JsonObject) => registration("settings", idFor("settings ref"), document);
const entitled = settings({ entitlements: [{ group: "support" }] });

describe("a server", () => {
  test("is found by its own id, though an agent has the same one", () => {
    const known = knownAfter(server, registration("agent", cast.agent, agentDocument("files", [])));
    expect(serverById(known, "files")).toBe(known.servers[cast.server]);
    expect(Object.keys(known.servers)).toEqual([cast.server]);
  });

  test("of which nothing is disclosed is found by no id, and does nothing that is known", () => {
    const known = knownAfter(undisclosed("server", cast.server, "created"));
    expect(known.servers[cast.server]).toEqual({ operations: {}, action: "created" });
    for (const id of ["", "undefined", "files"]) expect(serverById(known, id)).toBeUndefined();
  });

  test("does what its newest registration says, as far as it is disclosed", () => {
    const operations = { "tool/read": { effect: "read", dataClass: "public", egress: false } };
    const hidden = knownAfter(server, undisclosed("server", cast.server, "suspended"));
    expect(serverById(hidden, "files")).toEqual({ operations, action: "suspended" });
    const changed = knownAfter(server, registration("server", cast.server, { id: "files" }, "changed"));
    expect(serverById(changed, "files")).toEqual({ operations: {}, action: "changed" });
  });

  test.each<[string, JsonObject, object]>([
    ["all", { effect: "write", dataClass: "internal", egress: false }, {}],
    ["no effect", { dataClass: "internal", egress: false }, { effect: "irreversible" }],
    [
      "an effect nobody knows",
      { effect: "?", dataClass: "internal", egress: false },
      { effect: "irreversible" },
    ],
    ["no class", { effect: "write", egress: false }, { dataClass: "restricted" }],
    ["a class nobody knows", { effect: "write", dataClass: "?", egress: false }, { dataClass: "restricted" }],
    ["nothing of egress", { effect: "write", dataClass: "internal" }, { egress: true }],
    ["egress", { effect: "write", dataClass: "internal", egress: true }, { egress: true }],
  ])("is taken for the worst where its registration does not say better: it says %s", (_, said, worst) => {
    const lists = {
      tools: [{ name: "one", ...said }],
      prompts: [{ name: "two" }],
      resources: [{ name: "three" }],
    };
    const known = knownAfter(registration("server", cast.server, { id: "files", ...lists }));
    const unsaid = { effect: "irreversible", dataClass: "restricted", egress: true };
    expect(known.servers[cast.server]?.operations).toEqual({
      "tool/one": { effect: "write", dataClass: "internal", egress: false, ...worst },
      "prompt/two": unsaid,
      "resource/three": unsaid,
    });
  });
});

describe("an agent", () => {
  const ofAgent = (...drafts: readonly StoryDraft[]) => knownAfter(...drafts).agents[cast.agent];
  const stated = (more: JsonObject, action = "changed") =>
    registration("agent", cast.agent, { ...agentDocument("triage", ["fetcher"]), ...more }, action);

  test.each(["T1", "T2", "T3"])("is of the tier it is registered in: %s", (tier) => {
    expect(ofAgent(stated({ tier }))).toMatchObject({ tier });
  });

  test("is of the strictest tier where none is known", () => {
    expect(ofAgent(stated({ tier: "T0" }))).toMatchObject({ tier: "T3" });
    expect(ofAgent(undisclosed("agent", cast.agent))).toMatchObject({ id: "", tier: "T3" });
  });

  test("stays as it was where its newest registration is not disclosed, but for what was done", () => {
    const before = ofAgent(stated({ tier: "T1" }, "created"));
    const after = ofAgent(stated({ tier: "T1" }, "created"), undisclosed("agent", cast.agent, "suspended"));
    const changedAt = (before?.createdAt ?? 0) + 10;
    expect(after).toEqual({ ...before, action: "suspended", changedAt, entry: idFor("step 1"), index: 1 });
  });

  test("hands off to those alone that are named as text", () => {
    expect(ofAgent(stated({ delegates: ["fetcher", 7, null] }))).toMatchObject({ delegates: ["fetcher"] });
    expect(ofAgent(stated({ delegates: "fetcher" }))).not.toHaveProperty("delegates");
  });
});

describe("entitlements are those of the newest settings", () => {
  const before = { entry: idFor("step 0"), rules: [{ group: "support" }] };

  test.each<[string, StoryDraft, object | undefined]>([
    ["that say others", settings({ entitlements: [] }), { entry: idFor("step 1"), rules: [] }],
    ["that say nothing of them", settings({}), undefined],
    ["of witnesses, which never say anything of them", settings({ witness: { name: "w" } }), before],
    [
      "that are not disclosed, as far as they are known",
      undisclosed("settings", idFor("settings ref")),
      before,
    ],
  ])("%s", (_, draft, found) => {
    expect(knownAfter(entitled).entitlements).toEqual(before);
    expect(knownAfter(entitled, draft).entitlements).toEqual(found);
  });
});
