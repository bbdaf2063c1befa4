import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { addReads, emptyReadTrees, formatReadSet, type ReadSet } from "./read-set.ts";

const engine = createNodeEngine();

function readsOf(condition: string): ReadSet {
  const answer = engine.parsePolicy(`permit (principal, action, resource) when { ${condition} };`);
  if (answer.kind === "refused") throw new Error(JSON.stringify(answer.remarks));
  const policy: { conditions: { body: unknown }[] } = JSON.parse(JSON.stringify(answer.json));
  const trees = emptyReadTrees();
  for (const { body } of policy.conditions) addReads(trees, body);
  return formatReadSet(trees);
}

const none: ReadSet = { context: [], principal: [], resource: [], hierarchy: false, everyEntity: false };
const anyEntity: ReadSet = {
  context: [],
  principal: "all",
  resource: "all",
  hierarchy: true,
  everyEntity: true,
};

describe("the read set of a condition", () => {
  const cases: readonly (readonly [string, ReadSet])[] = [
    ["true", none],
    ["principal == resource", none],
    ["[principal, resource].contains(principal)", none],
    ['action in Action::"g"', none],
    ["resource is T", none],
    ["context.a.b == 1 && context.c", { ...none, context: ["/a/b", "/c"] }],
    ['context["a/b"]["~"] == 1', { ...none, context: ["/a~1b/~0"] }],
    ["context has a.b.c", { ...none, context: ["/a/b/c"] }],
    ["context has a && context.a.b == 1", { ...none, context: ["/a/b"] }],
    ["context.a == 1 || context.a.b == 1", { ...none, context: ["/a"] }],
    ['principal.x.y like "a*" && !(resource has z)', { ...none, principal: ["/x/y"], resource: ["/z"] }],
    ["if context.a then -context.b < 1 else context.c.isEmpty()", { ...none, context: ["/a", "/b", "/c"] }],
    ["{ k: context.a, l: [context.b] } == { k: 1, l: [2] }", { ...none, context: ["/a", "/b"] }],
    ['ip(context.a).isInRange(ip("::1"))', { ...none, context: ["/a"] }],
    ['principal in G::"g"', { ...none, hierarchy: true }],
    ['resource is T in G::"g"', { ...none, hierarchy: true }],
    ["principal in context.groups", { ...none, context: ["/groups"], hierarchy: true }],
    ["context == { a: 1 }", { ...none, context: "all" }],
    ["{ c: context } has c.x", { ...anyEntity, context: "all" }],
    ['U::"u".x == 1', anyEntity],
    ['U::"u" has x', anyEntity],
    ['U::"u" in G::"g"', anyEntity],
    ['(if context.a then principal else resource) is T in G::"g"', { ...anyEntity, context: ["/a"] }],
    ["{ p: principal }.p.x == 1", anyEntity],
    ['principal.hasTag("t")', { ...anyEntity, context: "all" }],
    ["principal.getTag(context.t) == 1", { ...anyEntity, context: "all" }],
  ];
  it.each(cases)("%s", (condition, expected) => {
    const shown = readsOf(condition);
    expect(shown).toEqual(expected);
  });

  it("is everything for an operator that is not known", () => {
    for (const expr of [
      { novel: { left: { Value: 1 } } },
      { Slot: "?principal" },
      { a: 1, b: 2 },
      null,
      "x",
      [],
    ]) {
      const trees = emptyReadTrees();
      addReads(trees, expr);
      expect(formatReadSet(trees)).toEqual({ ...anyEntity, context: "all" });
    }
  });
});
