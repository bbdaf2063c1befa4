import type { InputAttribute, LeafDraft } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import type { Report } from "../report.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();

function input(path: string, value: JsonValue): InputAttribute {
  return { path, value, from: { by: "gate" } };
}

const asked: readonly InputAttribute[] = [
  input("/action", { id: "open", type: "Doors::Action" }),
  input("/context/action", {}),
  input("/context/caller", { id: "triage" }),
  input("/entities", [{ attrs: {}, parents: [], uid: { id: "ada", type: "Doors::person" } }]),
  input("/principal", { id: "ada", type: "Doors::person" }),
  input("/resource", { id: "7", type: "Doors::door" }),
];

/** A refused call becomes an evaluation; the policies of the case know no such types. */
function evaluation(draft: LeafDraft, more: readonly InputAttribute[], body: JsonObject = {}): LeafDraft {
  const paths = new Set(more.map(({ path }) => path));
  const inputs = [...asked.filter(({ path }) => !paths.has(path)), ...more];
  const { code: _code, ...rest } = draft.body;
  return {
    ...draft,
    body: { ...rest, action: "evaluate", code: "policy_context_invalid", ...body },
    inputs: inputs.sort((a, b) => (a.path < b.path ? -1 : 1)),
    content: { ...draft.content, policies: [] },
  };
}

async function verify(edit: (draft: LeafDraft) => LeafDraft, at = "call/private"): Promise<Report> {
  const recorded = recordSupportCase(engine, { edit: (step, draft) => (step === at ? edit(draft) : draft) });
  const bytes = await recorded.log.export(recorded.txn);
  return verifyBundle(bytes, { trust: recorded.trust(), crypto: nodeCrypto(), engine });
}

const rulesOf = ({ failures }: Report): readonly string[] => failures.map(({ rule }) => rule);

describe("a decision for another system", () => {
  test("recomputes by policy alone, without labels, and its asker is the leaf's agent", async () => {
    const report = await verify((draft) => evaluation(draft, []));
    expect(report.failures).toEqual([]);
    expect(report.decisions.notRecomputed).toBe(0);
    const line = report.story.find(({ text }) => text.join(" ").startsWith("evaluate"));
    expect(line).toMatchObject({ status: "proven" });
  });

  const forgeries: Readonly<Record<string, readonly [string, readonly InputAttribute[], JsonObject?]>> = {
    "another asker": ["E-28", [input("/context/caller", { id: "orchestrator" })]],
    labels: ["E-29", [input("/labels/transaction", { class: "public", untrusted: false })]],
    "a call": ["E-28", [input("/call", { kind: "tool", name: "read_text_file", server: "files" })]],
    "an authority": ["E-9", [input("/authority", { scope: [], resource: [], authorization_details: [] })]],
    "another code": ["E-16", [], { code: "policy_denied" }],
  };
  test.each(Object.entries(forgeries))(
    "fails with %s that is not its own",
    async (_name, [rule, more, body]) => {
      expect(rulesOf(await verify((draft) => evaluation(draft, more, body)))).toContain(rule);
    },
  );

  test("has no effect", async () => {
    const report = await verify(
      (draft) => ({ ...draft, body: { ...draft.body, action: "evaluate" } }),
      "call/0",
    );
    expect(rulesOf(report)).toContain("E-11");
  });
});
