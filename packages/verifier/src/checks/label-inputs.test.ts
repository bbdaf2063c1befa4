import type { InputAttribute, LeafDraft } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type CaseOptions, recordSupportCase } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import type { Report } from "../report.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();
type Edit = (draft: LeafDraft) => LeafDraft;

async function verify(edits: Readonly<Record<string, Edit>>, options: CaseOptions = {}): Promise<Report> {
  const recorded = recordSupportCase(engine, {
    calls: 1,
    ...options,
    edit: (step, draft) => edits[step]?.(draft) ?? draft,
  });
  return verifyBundle(await recorded.log.export(recorded.txn), {
    trust: recorded.trust(),
    crypto: nodeCrypto(),
    engine,
  });
}

const changed =
  (path: string, change: (input: InputAttribute) => Partial<InputAttribute>): Edit =>
  (draft) => ({
    ...draft,
    inputs: (draft.inputs ?? []).map((one) => (one.path === path ? { ...one, ...change(one) } : one)),
  });
function sourceOf({ inputs = [] }: LeafDraft, path: string): InputAttribute["from"] {
  return inputs.find((input) => input.path === path)?.from ?? { by: "gate" };
}

const valued = (path: string, value: JsonValue): Edit => changed(path, () => ({ value }));
const added =
  (path: string, value: JsonValue): Edit =>
  (draft) => ({
    ...draft,
    inputs: [...(draft.inputs ?? []), { path, value, from: { by: "gate" } as const }].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    ),
  });
const server =
  (more: JsonObject, ofTool: JsonObject = {}): Edit =>
  (draft) => {
    const tool = {
      name: "read_text_file",
      dataClass: "public",
      effect: "read",
      egress: false,
      untrusted: false,
    };
    return {
      ...draft,
      content: { ...draft.content, document: { id: "files", tools: [{ ...tool, ...ofTool }], ...more } },
    };
  };
const store = { dataClass: "public", untrusted: false };
const low = { class: "public", untrusted: false };

const lies: Readonly<Record<string, readonly [string, Readonly<Record<string, Edit>>]>> = {
  "a label on the word of the gate": [
    "E-29",
    { "call/0": changed("/labels/instance", () => ({ from: { by: "gate" } })) },
  ],
  "a label that follows from another leaf than the newest": [
    "E-29",
    {
      "call/0": (draft) =>
        changed("/labels/transaction", () => ({ from: sourceOf(draft, "/principal") }))(draft),
    },
  ],
  "a declared label below the registered one": [
    "E-29",
    { "registry/files": server({}, { untrusted: true }) },
  ],
  "an operation nobody vouched for, taken as trusted": [
    "E-29",
    { "registry/files": server({}, { untrusted: null }) },
  ],
  "a store that is not registered": ["E-29", { "call/0": added("/labels/store", low) }],
  "a store the decision did not know": ["E-29", { "registry/files": server({ store }) }],
  "a call without the label of its answer": [
    "E-29",
    {
      "call/0": (draft) => ({
        ...draft,
        inputs: (draft.inputs ?? []).filter(({ path }) => path !== "/labels/declared"),
      }),
    },
  ],
  "entitlements that the mandate does not hold": [
    "E-28",
    { "call/0": valued("/context/entitlements", { groups: ["payers"] }) },
  ],
  "groups of the mandate that no decision knew": [
    "E-28",
    { mandate: (draft) => ({ ...draft, content: { ...draft.content, groups: ["payers"] } }) },
  ],
};

describe("labels a decision knew", () => {
  test("are derived inputs that the leaves bear out", async () => {
    const report = await verify({});
    expect(report.failures).toEqual([]);
  });

  test.each(Object.entries(lies))("%s fails", async (_, [rule, edits]) => {
    const report = await verify(edits);
    expect(report.failures.map((failure) => failure.rule)).toContain(rule);
  });

  test("what the last permit showed has to be on record", async () => {
    const declared = valued("/labels/declared", { class: "public", untrusted: true });
    const calls = ["call/0", "call/private", "call/changed", "call/outside"];
    const report = await verify({
      "registry/files": server({}, { untrusted: true }),
      ...Object.fromEntries(calls.map((step) => [step, declared])),
    });
    const messages = report.failures.map(({ message }) => message);
    expect(messages).toContain("no leaf says what the transaction was shown");
    expect(messages).toContain("no leaf says what the instance was shown");
  });
});
