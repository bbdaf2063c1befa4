import type { AgentRecord, InputAttribute } from "@narrowgate/contracts";
import { rebuildRequest } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { expect, it } from "vitest";
import {
  bottom,
  clock,
  compiled,
  digest,
  nothingKnown,
  question,
} from "../../test/decisions/call-question.ts";
import { createMintDecider } from "./decide-mint.ts";
import type { MintQuestion } from "./mint-question.ts";
import type { KnownLabels } from "./ports.ts";
import type { Salter } from "./stable-inputs.ts";

/** Copies, so that two inputs are one object only where they were made once. */
const copied: Salter = (list) => list.map((one) => ({ ...one }));

function decider(labels: () => KnownLabels = () => nothingKnown.labels) {
  const policies = compiled;
  if (policies === undefined) throw new TypeError("the policies of this test do not compile");
  return createMintDecider(
    {
      clock,
      env: "dev",
      policies: () => ({ compiled: policies, procedure: digest, overlays: [] }),
      flow: { labels, spent: () => nothingKnown.spent },
      approvals: { held: () => [] },
    },
    copied,
  );
}

const { agent, mandate } = question();
const asked: MintQuestion = {
  action: "exchange_token",
  client: agent,
  instance: { ref: randomId(), entry: randomId(), assurance: "key" },
  mandate,
  actors: ["desk", "triage"],
  target: { type: "Server", id: "files", entry: randomId(), attrs: {} },
  scopes: ["b", "a"],
  bodySigned: false,
};

const byPath = (inputs: readonly InputAttribute[]): ReadonlyMap<string, InputAttribute> =>
  new Map(inputs.map((one) => [one.path, one]));

it("inputs of mints are the same objects for mints that share them, and others as soon as anything changes", () => {
  let labels = nothingKnown.labels;
  const decide = decider(() => labels);
  const changed = (over: Partial<MintQuestion>): readonly string[] => {
    const before = byPath(decide(asked).inputs);
    const after = byPath(decide({ ...asked, ...over }).inputs);
    return [...after].filter(([path, one]) => before.get(path) !== one).map(([path]) => path);
  };
  const always = ["/context/mandate", "/context/time"];
  const fixed = ["/action", "/context/bodySigned", "/context/env", "/context/protocol"];
  expect(changed({})).toEqual(always);
  expect(changed({ bodySigned: true })).toEqual(["/context/bodySigned", ...always]);
  const client: AgentRecord = { ...agent, purpose: "another" };
  const others: readonly Partial<MintQuestion>[] = [
    { client },
    { mandate: { ...mandate } },
    { instance: { ...asked.instance } },
    { actors: ["triage"] },
    { scopes: ["a"] },
    { target: { ...asked.target, entry: randomId() } },
  ];
  for (const over of others) {
    const paths = changed(over);
    expect(paths).toEqual(
      expect.arrayContaining(["/context/subject", "/entities", "/principal", "/resource"]),
    );
    for (const path of fixed) expect(paths).not.toContain(path);
  }
  const before = byPath(decide(asked).inputs);
  labels = { ...labels, instance: { ...bottom, label: { class: "internal", untrusted: true } } };
  expect(byPath(decide(asked).inputs).get("/context/labels")).not.toBe(before.get("/context/labels"));
});

it("what is remembered says what each mint was asked with", () => {
  const decide = decider();
  decide(asked);
  const other = { ...asked, actors: ["triage"], scopes: ["c"] };
  for (const one of [asked, other, asked]) {
    const { inputs, verdict } = decide(one);
    expect(verdict).toBe("permit");
    expect(inputs.map(({ path }) => path)).toEqual(inputs.map(({ path }) => path).toSorted());
    expect(rebuildRequest(inputs)).toMatchObject({
      action: { type: "Action", id: "exchange_token" },
      principal: { type: "Agent", id: agent.id },
      resource: { type: "Server", id: "files" },
      context: { actors: [...one.actors].sort(), actor_root: one.actors[0], scopes: [...one.scopes].sort() },
    });
  }
});
