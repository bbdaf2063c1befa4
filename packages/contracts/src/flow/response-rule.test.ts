import { isNarrowgateError, type JsonValue, sha256 } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRegistryDocument } from "../registry/parse-registry.ts";
import { parseResponseRules } from "../registry/parse-response-rules.ts";
import {
  lookAtAnswer,
  MAX_RULED_CHARS,
  type ResponseRule,
  responseRuleDigest,
  ruleLabel,
  rulesFor,
} from "./response-rule.ts";

function documentWith(rule: unknown): unknown {
  const tool = { name: "read", data_class: "public", effect: "read", egress: false };
  const upstream = { transport: "http", url: "http://127.0.0.1:9/mcp" };
  return { servers: [{ id: "files", upstream, tools: [tool], response_rules: [rule] }] };
}

function ruleOf(when: object, label: object = { data_class: "restricted" }): ResponseRule {
  const [server] = parseRegistryDocument(documentWith({ when, label })).servers;
  const [rule] = server?.responseRules ?? [];
  if (rule === undefined) throw new RangeError("no rule");
  return rule;
}

const applies = (when: object, answer: JsonValue) => {
  const rule = ruleOf(when);
  const looked = lookAtAnswer(answer, [rule]);
  return looked.kind === "seen" ? looked.found.includes(rule) : looked.kind;
};

const text = (...texts: string[]) => ({ content: texts.map((one) => ({ type: "text", text: one })) });

describe("a response rule", () => {
  test.each<[object, JsonValue, boolean]>([
    [{ path: "/structuredContent/kind", equals: "secret" }, { structuredContent: { kind: "secret" } }, true],
    [{ path: "/structuredContent/kind", equals: "secret" }, { structuredContent: { kind: "Secret" } }, false],
    [{ path: "/n", equals: null }, { n: null }, true],
    [{ path: "/n", equals: 1 }, { n: "1" }, false],
    [{ path: "/items/*/level", equals: 3 }, { items: [{ level: 1 }, { level: 3 }] }, true],
    [{ path: "/items/1/level", equals: 3 }, { items: [{ level: 3 }] }, false],
    [{ path: "/a~1b/~0c", equals: true }, { "a/b": { "~c": true } }, true],
    [{ path: "/toString", equals: "x" }, { a: 1 }, false],
    [{ path: "/content/*/text", pattern: "\\b\\d{16}\\b" }, text("none", "card 4000123412341234."), true],
    [{ path: "/content/0/text", pattern: "card" }, text("none", "card"), false],
    [{ pattern: "^IGNORE " }, { deep: [[{ in: ["IGNORE what"] }]] }, true],
    [{ pattern: "deep" }, { deep: 1 }, false],
    [{ schema: { required: ["iban"] } }, { iban: 1 }, true],
    [{ schema: { required: ["iban"] } }, { a: 1 }, false],
    [{ path: "/rows", schema: { minItems: 2 } }, { rows: [1] }, false],
    [{ path: "/rows", schema: { minItems: 2 } }, { rows: [1, 2] }, true],
    [
      {
        path: "/rows/*",
        schema: { properties: { sum: { type: "integer", minimum: 100 } }, required: ["sum"] },
      },
      { rows: [{ sum: 99 }, { sum: 100 }] },
      true,
    ],
    [{ path: "/a", schema: { enum: [{ x: 1, y: 2 }] } }, { a: { y: 2, x: 1 } }, true],
    [{ path: "/a", schema: { type: "array", items: { const: 1 } } }, { a: [1, 2] }, false],
    [{ path: "/a", schema: { type: "null" } }, { a: null }, true],
  ])("%j on %j: %j", (when, answer, expected) => {
    expect(applies(when, answer)).toBe(expected);
  });

  test("sees nothing of what is too large or encoded, and says so", () => {
    const when = { pattern: "a" };
    expect(applies(when, text("x".repeat(MAX_RULED_CHARS)))).toBe("unseen");
    expect(applies(when, { content: [{ type: "image", data: "YQ==", mimeType: "image/png" }] })).toBe(
      "unseen",
    );
    expect(applies(when, { contents: [{ uri: "file:///a", blob: "YQ==" }] })).toBe("unseen");
    const slow = { pattern: "(?:a{0,30}){0,30}b" };
    const started = performance.now();
    expect(applies(slow, text("a".repeat(100_000)))).toBe("unseen");
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("never throws, whatever the answer", () => {
    const rules = [ruleOf({ pattern: "a+b" }), ruleOf({ path: "/a/*/0", schema: { minItems: 1 } })];
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const answer: JsonValue = JSON.parse(JSON.stringify(value));
        expect(["seen", "unseen"]).toContain(lookAtAnswer(answer, rules).kind);
      }),
    );
  });

  test("adds what it says to the operations it is about", () => {
    const [one, all] = [
      { ...ruleOf({ pattern: "a" }), tool: "read" },
      ruleOf({ pattern: "b" }, { untrusted: true }),
    ];
    expect(rulesFor([one, all], { kind: "tool", name: "read" })).toEqual([one, all]);
    expect(rulesFor([one, all], { kind: "tool", name: "write" })).toEqual([all]);
    expect(rulesFor([one, all], { kind: "prompt", name: "read" })).toEqual([all]);
    expect(rulesFor(undefined, { kind: "tool", name: "read" })).toEqual([]);
    expect(ruleLabel(one)).toEqual({ class: "restricted", untrusted: false });
    expect(ruleLabel(all)).toEqual({ class: "public", untrusted: true });
  });

  test("has a name of its own at each server, and is the same when it was kept", () => {
    const rule = ruleOf({ path: "/a", equals: 1 });
    const digest = responseRuleDigest(sha256, "files", rule);
    const kept = parseResponseRules(JSON.parse(JSON.stringify([rule])), "/rules");
    expect(kept.map((one) => responseRuleDigest(sha256, "files", one))).toEqual([digest]);
    expect(responseRuleDigest(sha256, "mail", rule)).not.toBe(digest);
  });

  test.each<[string, unknown]>([
    ["two conditions", { when: { path: "/a", equals: 1, pattern: "a" }, label: { untrusted: true } }],
    ["no condition", { when: { path: "/a" }, label: { untrusted: true } }],
    ["equality of nothing in particular", { when: { equals: 1 }, label: { untrusted: true } }],
    ["nothing added", { when: { pattern: "a" }, label: {} }],
    ["something taken away", { when: { pattern: "a" }, label: { untrusted: false } }],
    ["a class that is none", { when: { pattern: "a" }, label: { data_class: "secret" } }],
    ["a pattern that looks around", { when: { pattern: "(?=a)" }, label: { untrusted: true } }],
    ["a keyword nobody reads", { when: { schema: { oneOf: [] } }, label: { untrusted: true } }],
    ["a tool that is none", { tool: "write", when: { pattern: "a" }, label: { untrusted: true } }],
  ])("is refused with %s", (_, rule) => {
    let code: string | undefined;
    try {
      parseRegistryDocument(documentWith(rule));
    } catch (error) {
      code = isNarrowgateError(error) ? error.code : String(error);
    }
    expect(code).toBe("malformed_input");
  });
});
