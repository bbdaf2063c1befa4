import { type CompiledPolicies, compilePolicies, schemaFromRegistry } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { expect, test } from "vitest";
import { peopleBehind } from "./author-facts.ts";
import { gateFacts } from "./gate-facts.ts";

const engine = createNodeEngine();
const { schema } = schemaFromRegistry({
  tools: [{ server: "files", name: "read", inputSchema: { type: "object" } }],
});

function compiled(text: string): CompiledPolicies {
  const outcome = compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  if (outcome.kind === "rejected") throw new RangeError(JSON.stringify(outcome.problems));
  return outcome.policies;
}

test.each([
  ["a rule that lets everything by", '@id("p") permit(principal, action, resource);', false],
  ["a rule about one agent", '@id("p") permit(principal == Agent::"a", action, resource);', true],
  [
    "a rule with a condition",
    '@id("p") permit(principal, action, resource) when { context.env == "dev" };',
    true,
  ],
  ["a rule that forbids", '@id("p") forbid(principal, action, resource);', true],
])("%s", (_, text, defaultDeny) => {
  expect(gateFacts(compiled(text))).toMatchObject({ defaultDeny, failClosed: true, foreignKeys: [] });
});

test("without policies everything is refused", () => {
  expect(gateFacts(undefined).defaultDeny).toBe(true);
});

test("the people behind operators bear their name, or have an account of it", () => {
  const person = (ref: string, name: string, identities: readonly string[] = []) => ({
    ref,
    name,
    identities,
    roles: [],
    given: [],
    claimed: {},
    former: [],
    entry: "e",
    enrolledAtMs: 1,
  });
  const list = () => [
    person("a", "Ada Lovelace"),
    person("b", "grace@example.test"),
    person("c", "Somebody", ["mailto:ada lovelace"]),
    person("d", "Nobody"),
  ];
  expect(peopleBehind({ list }, ["ada lovelace ", "mailto:Grace@example.test"])).toEqual(["a", "b", "c"]);
  expect(peopleBehind({ list }, [])).toEqual([]);
});
