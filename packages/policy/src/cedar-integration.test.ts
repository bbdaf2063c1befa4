import { readFileSync } from "node:fs";
import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { compilePolicies, type DecisionRequest, type EntityRecord, type EntityRef } from "./index.ts";
import { splitPolicies } from "./split-policies.ts";

interface CedarRequest extends Pick<DecisionRequest, "principal" | "action" | "resource" | "context"> {
  readonly description: string;
  readonly decision: "allow" | "deny";
  readonly reason: readonly string[];
  readonly errors: readonly string[];
}

interface CedarTest {
  readonly policies: string;
  /** Name of the entities. */
  readonly entities: string;
  readonly schema: string;
  readonly shouldValidate: boolean;
  readonly requests: readonly CedarRequest[];
}

function read(name: string): string {
  return readFileSync(new URL(`../../../test/vectors/cedar-integration/${name}`, import.meta.url), "utf8");
}

const tests: Readonly<Record<string, CedarTest>> = JSON.parse(read("tests.json"));
const engine = createNodeEngine();

/** Cedar names policies by their place in the file; ours carry a name of their own. */
function withIds(text: string): string {
  const split = splitPolicies(text);
  if (split.kind === "refused") throw new Error(split.message);
  return split.policies.map((policy, i) => `@id("policy${i}")\n${policy.text}`).join("\n");
}

function schemaOf({ schema }: CedarTest): string {
  return read(schema.replace("/", "_"));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether our face knows such values: text, whole numbers, truth, and sets and records of these. */
function isKnown(type: unknown): boolean {
  if (!isObject(type)) return false;
  if (type["type"] === "Set") return isKnown(type["element"]);
  return ["String", "Long", "Bool", "Record"].includes(String(type["type"]).replace(/^__cedar::/, ""));
}

/** The same without attributes of types that our face does not know. */
function narrowed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(narrowed);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name !== "attributes" || !isObject(member)) return [name, narrowed(member)];
      const known = Object.entries(member).filter(([, type]) => isKnown(type));
      return [name, Object.fromEntries(known.map(([attribute, type]) => [attribute, narrowed(type)]))];
    }),
  );
}

function narrowedSchema(test: CedarTest): string {
  const answer = engine.parseSchema(schemaOf(test));
  if (answer.kind === "refused") throw new Error(JSON.stringify(answer.remarks));
  return JSON.stringify(narrowed(answer.json));
}

function problemsOf(test: CedarTest, schema: string): readonly string[] {
  const files = [{ name: "test.cedar", text: withIds(test.policies) }];
  const outcome = compilePolicies(engine, { schema, files });
  return outcome.kind === "compiled" ? [] : outcome.problems.map(({ message }) => message);
}

const same = (a: EntityRef, b: EntityRef): boolean => a.type === b.type && a.id === b.id;

/** All entities of the test; whoever is named and not among them stands bare. Groups of actions are the schema's. */
function entitiesOf(test: CedarTest, { principal, resource }: CedarRequest): readonly EntityRecord[] {
  const listed: readonly EntityRecord[] = JSON.parse(read(`${test.entities}.json`));
  const entities = listed.filter(({ uid }) => uid.type !== "Action");
  const named = [principal, resource, ...entities.flatMap(({ parents }) => parents)];
  const bare: EntityRecord[] = [];
  for (const uid of named) {
    const isListed = [...entities, ...bare].some((entity) => same(entity.uid, uid));
    if (!isListed) bare.push({ uid, attrs: {}, parents: [] });
  }
  return [...entities, ...bare];
}

/**
 * What our face refuses by design, with the attribute the policies read: `account` is an entity, `admins` a set of them,
 * `confidence_score` a decimal, `source_ip` an address.
 */
const BY_DESIGN: Readonly<Record<string, string>> = {
  "decimal/1": "confidence_score",
  "decimal/2": "confidence_score",
  "example_use_cases/4d": "account",
  "example_use_cases/4e": "account",
  "example_use_cases/4f": "admins",
  "ip/1": "source_ip",
  "ip/2": "source_ip",
  "ip/3": "source_ip",
  "multi/3": "account",
  "multi/4": "account",
};

const decided = Object.entries(tests).filter(([name]) => !Object.hasOwn(BY_DESIGN, name));

describe("Cedar's handwritten integration tests", () => {
  it("are 22 files of 74 requests", () => {
    const requests = Object.values(tests).flatMap((test) => test.requests);
    expect([Object.keys(tests).length, requests.length]).toEqual([22, 74]);
    expect(Object.values(tests).every(({ shouldValidate }) => shouldValidate)).toBe(true);
  });

  it("all have a schema with attributes that are entities or extension values, which is refused as it stands", () => {
    for (const test of Object.values(tests)) {
      expect(problemsOf(test, schemaOf(test)).join()).toMatch(/a value is a String, a Long, a Bool/);
    }
  });

  it("are refused where a policy reads such an attribute: 10 files of 30 requests", () => {
    const refused = Object.entries(tests).flatMap(([name, test]) => {
      const problems = problemsOf(test, narrowedSchema(test));
      return problems.length === 0 ? [] : [[name, problems] as const];
    });
    expect(refused.map(([name]) => name)).toEqual(Object.keys(BY_DESIGN));
    for (const [name, problems] of refused) expect(problems.join()).toContain(BY_DESIGN[name]);
    expect(refused.flatMap(([name]) => tests[name]?.requests ?? [])).toHaveLength(30);
  });

  describe.each(decided)("%s", (_name, test) => {
    const files = [{ name: "test.cedar", text: withIds(test.policies) }];
    const outcome = compilePolicies(engine, { schema: narrowedSchema(test), files });

    it.each(test.requests)("$description", (request) => {
      if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
      const { principal, action, resource, decision, reason, errors } = request;
      const context: JsonObject = request.context;
      const asked = { principal, action, resource, context, entities: entitiesOf(test, request) };
      for (const decide of ["decide", "decideUnsliced"] as const) {
        const made = outcome.policies[decide](asked);
        expect({
          decision: made.verdict,
          reason: made.policies,
          errors: made.errors.map(({ policy }) => policy),
        }).toEqual({ decision, reason: [...reason].sort(), errors });
        expect(made.code === undefined || made.code === "policy_denied").toBe(true);
      }
    });
  });
});
