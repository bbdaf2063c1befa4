import type { PolicySurroundings } from "@narrowgate/contracts";
import { compilePolicies, schemaFromRegistry } from "@narrowgate/policy";
import { schemaWords } from "@narrowgate/policy/analysis";
import { createNodeEngine } from "@narrowgate/policy/node";
import { expect, test } from "vitest";
import { MAX_OPTIONS, suggest, type Vocabulary } from "./suggest.ts";

const { schema } = schemaFromRegistry({
  tools: [
    {
      server: "desk",
      name: "refund",
      inputSchema: { type: "object", properties: { cents: { type: "integer" } } },
    },
  ],
});
const compiled = compilePolicies(createNodeEngine(), { files: [], schema });
if (compiled.kind === "rejected") expect.fail(JSON.stringify(compiled.problems));

const operation = { name: "refund", dataClass: "internal", effect: "irreversible", egress: false } as const;
const surroundings: PolicySurroundings = {
  agentsInAll: 1,
  agents: [{ id: "triage", owner: "o", purpose: "p", tier: "T2", ceiling: {} }],
  servers: [{ id: "desk", tools: [operation], prompts: [], resources: [] }],
};
const vocabulary: Vocabulary = { words: schemaWords(compiled.policies), surroundings };

/** What is offered at the mark `|`. */
function offered(marked: string, by = vocabulary): readonly string[] {
  const caret = marked.indexOf("|");
  const { options } = suggest(marked.replace("|", ""), caret, by);
  return options.map(({ text }) => text);
}

test.each([
  ["context.lab|", ["labels"]],
  ["when { context.labels.|", ["data_class", "rank", "untrusted"]],
  ["context.args.|", ["cents"]],
  ["context.approvals.|", ["contains(", "containsAll(", "containsAny(", "isEmpty()"]],
  ["resource.eff|", ["effect"]],
  ["principal.t|", ["tier"]],
  ['action == Action::"call|', ['call_tool"']],
  ['resource == Tool::"|', ['desk/refund"']],
  ['principal == Agent::"|', ['triage"']],
  ["@red|", ['redact_arguments("', 'redact_result("']],
  ["perm|", ["permit"]],
  ["(principal, To|", ['Tool::"']],
  ["for|bid", ["forbid"]],
])("at %s: %j", (marked, expected) => {
  expect(offered(marked)).toEqual(expected);
});

test.each(['@reason("con|', "// con|", "context.nothing.|", "permit|"])("at %s: nothing", (marked) => {
  expect(offered(marked)).toEqual([]);
});

test("what was typed is taken up, whatever its case", () => {
  expect(suggest("context.LAB", 11, vocabulary)).toMatchObject({ from: 8, options: [{ text: "labels" }] });
});

test("a line above does not count", () => {
  expect(offered('@id("\nper|')).toEqual(["permit"]);
});

test("of very many names only the first are offered", () => {
  const agents = Array.from({ length: 500 }, (_, n) => ({
    id: `agent-${n}`,
    owner: "o",
    purpose: "p",
    tier: "T2" as const,
    ceiling: {},
  }));
  const many = { ...vocabulary, surroundings: { ...surroundings, agents } };
  expect(offered('Agent::"|', many)).toHaveLength(MAX_OPTIONS);
});
