import type { JsonValue } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { nodeCrypto } from "./crypto.node.ts";
import { type DecidedInput, DecidingKeys } from "./deciding-key.ts";
import { Recomputer } from "./recompute.ts";
import { readRecordedTransaction } from "./what-if/recorded-decisions.ts";

const engine = createNodeEngine();
const more = `
@id("hours") forbid(principal, action == Action::"call_tool", resource) when { context.time.hour_utc > 17 };
@id("many") forbid(principal, action == Action::"call_tool", resource) when { context.spent.calls > 2 };
@id("seen") forbid(principal, action == Action::"call_tool", resource)
  when { context.labels.untrusted && context.entitlements.groups.contains("guests") };
@id("mints") forbid(principal, action == Action::"mint_token", resource) when { context.mandate.age_s > 60 };`;

let policies: CompiledPolicies;
let recorded: readonly (readonly DecidedInput[])[];

beforeAll(async () => {
  const made = recordSupportCase(engine, { calls: 2, afterPolicy: true, approved: true });
  const transaction = readRecordedTransaction(nodeCrypto().sha256, await made.log.export(made.txn));
  const { files = [], schema = "" } = transaction.policies ?? {};
  const outcome = compilePolicies(engine, { files: [...files, { name: "more.cedar", text: more }], schema });
  if (outcome.kind === "rejected") expect.fail(JSON.stringify(outcome.problems));
  policies = outcome.policies;
  recorded = transaction.decisions.map(({ inputs }) => inputs);
});

/** Values as a schema has them and as none has; few of each, so that requests meet again. */
const values: Readonly<Record<string, readonly JsonValue[]>> = {
  "/context/time": [
    { hour_utc: 3, unix_s: 1, weekday_utc: 1 },
    { hour_utc: 20, unix_s: 1, weekday_utc: 1 },
    { hour_utc: 3, unix_s: 2, weekday_utc: 5 },
    { hour_utc: 3, unix_s: "2", weekday_utc: 5 },
    { hour_utc: 3, unix_s: 2 ** 53, weekday_utc: 5 },
    { hour_utc: 3, weekday_utc: 5 },
    null,
  ],
  "/context/spent": [
    { amount: 0, calls: 1, rows: 0 },
    { amount: 9, calls: 1, rows: 7 },
    { amount: 9, calls: 3, rows: 7 },
    { amount: 0.5, calls: 1, rows: 0 },
    [],
  ],
  "/context/labels": [
    { data_class: "public", rank: 0, untrusted: false },
    { data_class: "internal", rank: 1, untrusted: true },
    { data_class: "\ud800", rank: 1, untrusted: true },
  ],
  "/context/entitlements": [{ groups: [] }, { groups: ["guests"] }, { groups: ["staff"] }, { groups: [1] }],
  "/context/mandate": [
    { age_s: 1, purpose: "a" },
    { age_s: 90, purpose: "a" },
    { age_s: 1, purpose: "b" },
    { age_s: 1, purpose: "b", more: true },
  ],
  "/context/assurance": ["key", "none", 7, true],
  "/context/actors": [["a"], ["a", "b"], [], ["a", 1]],
  "/context/args": [{ path: "/tickets/1" }, { path: "/tickets/private/1" }, { path: 1 }, {}],
  "/context/approvals": [[], ["approver#1"]],
  "/context/intent": [
    { case: "", declared: false, resources: [], tools: [] },
    { case: "", declared: true, resources: [], tools: ["other/tool"] },
    { case: "", declared: true, resources: [], tools: ["files/read_text_file"] },
  ],
};

const changes = Object.entries(values).flatMap(([path, some]) =>
  ["gone" as const, ...some].map((value) => ({ path, value })),
);

/** A recorded request with one or two members of its context changed or gone: few enough that requests meet again. */
const requests = fc
  .record({
    at: fc.nat({ max: 7 }),
    put: fc.array(fc.constantFrom(...changes), { minLength: 1, maxLength: 2 }),
  })
  .map(({ at, put }) =>
    (recorded[at % recorded.length] ?? []).flatMap(({ path, value }): DecidedInput[] => {
      const change = put.find((one) => one.path === path);
      if (change === undefined) return [{ path, value }];
      return change.value === "gone" ? [] : [{ path, value: change.value }];
    }),
  );

/** The slow twin: all policies on the whole request, nothing remembered. */
function onEverything(): CompiledPolicies {
  return {
    digest: policies.digest,
    decide: (request) => policies.decideUnsliced(request),
    decideUnsliced: (request) => policies.decideUnsliced(request),
    sliceFor: (request) => policies.sliceFor(request),
    project: (request) => policies.project(request),
    ids: () => policies.ids(),
    inside: () => policies.inside(),
  };
}

function outcomeOf(recomputer: Recomputer, inputs: readonly DecidedInput[]): unknown {
  try {
    return recomputer.decide(inputs);
  } catch (error) {
    return String(error);
  }
}

describe("requests that are decided once for all", () => {
  test("are decided as each is by itself, whatever their context", () => {
    const remembering = new Recomputer(policies);
    fc.assert(
      fc.property(fc.array(requests, { minLength: 20, maxLength: 20 }), (several) => {
        for (const inputs of several)
          expect(outcomeOf(remembering, inputs)).toEqual(outcomeOf(new Recomputer(onEverything()), inputs));
      }),
      { numRuns: 150 },
    );
    expect(remembering.distinct).toBeGreaterThan(20);
  });

  test("may differ in what no policy reads, and in nothing else", () => {
    const keys = new DecidingKeys(policies);
    const call = recorded.find((inputs) => inputs.some(({ path }) => path === "/context/spent")) ?? [];
    const with_ = (path: string, value: JsonValue): string =>
      keys.keyOf(call.map((input) => (input.path === path ? { path, value } : input)));
    const spent = { amount: 0, calls: 1, rows: 0 };
    const [time] = values["/context/time"] ?? [];
    expect(with_("/context/spent", { ...spent, rows: 50 })).toBe(with_("/context/spent", spent));
    expect(with_("/context/spent", { ...spent, calls: 2 })).not.toBe(with_("/context/spent", spent));
    expect(with_("/context/spent", { ...spent, rows: "50" })).not.toBe(with_("/context/spent", spent));
    expect(with_("/context/time", { ...Object(time), unix_s: 77 })).toBe(
      with_("/context/time", time ?? null),
    );
    expect(with_("/principal", { type: "Agent", id: "x" })).not.toBe(keys.keyOf(call));
  });
});
