import {
  canonicalBytes,
  canonicalJson,
  type JsonObject,
  type JsonValue,
  type Sha256,
  type Sha256Text,
  toSha256Text,
} from "@narrowgate/kernel";
import type { DataClassName } from "../registry/data-classes.ts";
import type { Label } from "./label.ts";
import { compilePattern, type LinearPattern, type StepBudget } from "./linear-pattern.ts";

/** What an answer, or a part of it, has to be like. Exactly one of `equals`, `pattern` and `schema`. */
export type ResponseCondition = {
  /** JSON Pointer into the answer, a step `*` being every item of a list; absent = every text in it, or with `schema` the whole. */
  readonly path?: string;
  readonly equals?: string | number | boolean | null;
  /** In the subset that is matched in linear time. */
  readonly pattern?: string;
  readonly schema?: ResponseSchema;
};

/** The part of JSON Schema that rules know. */
export type ResponseSchema = {
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";
  readonly const?: JsonValue;
  readonly enum?: readonly JsonValue[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, ResponseSchema>>;
  readonly items?: ResponseSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
};

/** What answers of a server carry beyond what is declared, when they are like this. Rules only add. */
export type ResponseRule = {
  /** Tool it is about; absent = every operation of the server. */
  readonly tool?: string;
  readonly when: ResponseCondition;
  readonly label: { readonly dataClass?: DataClassName; readonly untrusted?: true };
};

/** Largest answer that rules look at, in UTF-16 code units of its JSON. */
export const MAX_RULED_CHARS = 131_072;
/** Steps that all rules of one answer may take together. */
const MAX_STEPS = 2_000_000;

/** What the rules found in an answer. */
export type RuledAnswer =
  /** Rules that apply, each with what it adds. */
  | { readonly kind: "seen"; readonly found: readonly ResponseRule[] }
  /** Too large, or it holds what rules cannot read: nobody knows what it holds. */
  | { readonly kind: "unseen" };

/** What a rule adds. */
export function ruleLabel({ label }: ResponseRule): Label {
  return { class: label.dataClass ?? "public", untrusted: label.untrusted ?? false };
}

/** Digest of a rule of a server: how a `label` leaf names it. @see docs/spec/evidence.md E-29 */
export function responseRuleDigest(sha256: Sha256, server: string, rule: ResponseRule): Sha256Text {
  return toSha256Text(sha256(canonicalBytes({ ...rule, server })));
}

/** Rules of a server that are about one of its operations. */
export function rulesFor(
  rules: readonly ResponseRule[] | undefined,
  { kind, name }: { readonly kind: "tool" | "resource" | "prompt"; readonly name: string },
): readonly ResponseRule[] {
  return (rules ?? []).filter(({ tool }) => tool === undefined || (kind === "tool" && tool === name));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function children(value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

/** Every value in an answer, itself first. The answer was bounded when it was read. */
function* within(value: JsonValue): Generator<JsonValue> {
  const open: JsonValue[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    open.push(...children(next));
  }
}

/** Bytes in another coding: images, sound, files. Nothing that rules know can be read in them. */
function isEncoded(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  const { blob, data, mimeType } = value;
  return typeof blob === "string" || (typeof data === "string" && typeof mimeType === "string");
}

function step(value: JsonValue, name: string): readonly JsonValue[] {
  if (Array.isArray(value)) {
    if (name === "*") return value;
    const item: JsonValue | undefined = /^(?:0|[1-9]\d{0,8})$/.test(name) ? value[Number(name)] : undefined;
    return item === undefined ? [] : [item];
  }
  if (!isObject(value) || !Object.hasOwn(value, name)) return [];
  const member = value[name];
  return member === undefined ? [] : [member];
}

function valuesAt(answer: JsonValue, path: string): readonly JsonValue[] {
  return path
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<readonly JsonValue[]>((values, name) => values.flatMap((value) => step(value, name)), [answer]);
}

function isOfType(value: JsonValue, type: NonNullable<ResponseSchema["type"]>): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

const same = (a: JsonValue, b: JsonValue): boolean => canonicalJson(a) === canonicalJson(b);

/** As JSON Schema has it: a keyword says nothing of values of another type. */
function isLike(value: JsonValue, schema: ResponseSchema, budget: StepBudget): boolean {
  budget.left--;
  if (budget.left <= 0) return false;
  const { type, enum: list, minimum = -Infinity, maximum = Infinity } = schema;
  if (type !== undefined && !isOfType(value, type)) return false;
  if (schema.const !== undefined && !same(value, schema.const)) return false;
  if (list !== undefined && !list.some((item) => same(value, item))) return false;
  if (typeof value === "number") return value >= minimum && value <= maximum;
  if (Array.isArray(value)) return areLike(value, schema, budget);
  return !isObject(value) || hasLike(value, schema, budget);
}

function areLike(
  items: readonly JsonValue[],
  { items: each, minItems = 0, maxItems = Infinity }: ResponseSchema,
  budget: StepBudget,
): boolean {
  if (items.length < minItems || items.length > maxItems) return false;
  return each === undefined || items.every((item) => isLike(item, each, budget));
}

function hasLike(
  value: JsonObject,
  { required = [], properties = {} }: ResponseSchema,
  budget: StepBudget,
): boolean {
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(properties).every(([name, schema]) => {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    return member === undefined || isLike(member, schema, budget);
  });
}

const compiled = new WeakMap<ResponseRule, LinearPattern>();

function patternOf(rule: ResponseRule, text: string): LinearPattern {
  const known = compiled.get(rule) ?? compilePattern(text);
  compiled.set(rule, known);
  return known;
}

/** Whether one of the values is as the rule says; nobody knows once the steps have run out. */
function applies(rule: ResponseRule, answer: JsonValue, budget: StepBudget): boolean {
  const { path, equals, pattern, schema } = rule.when;
  const values =
    path !== undefined ? valuesAt(answer, path) : schema !== undefined ? [answer] : [...within(answer)];
  budget.left -= values.length;
  if (schema !== undefined) return values.some((value) => isLike(value, schema, budget));
  if (pattern === undefined) return values.some((value) => value === equals);
  const compiledPattern = patternOf(rule, pattern);
  return values.some(
    (value) => typeof value === "string" && compiledPattern.occursIn(value, budget) === true,
  );
}

/**
 * Looks at an answer with the rules that are about its operation.
 * Trust: `answer` is the upstream's; the rules are an operator's, and were read.
 * Bounded: an answer that is too large, or costs too much, is not seen, and so is one that holds encoded bytes.
 */
export function lookAtAnswer(answer: JsonValue, rules: readonly ResponseRule[]): RuledAnswer {
  if (rules.length === 0) return { kind: "seen", found: [] };
  if (JSON.stringify(answer).length > MAX_RULED_CHARS) return { kind: "unseen" };
  for (const value of within(answer)) if (isEncoded(value)) return { kind: "unseen" };
  const budget = { left: MAX_STEPS };
  const found = rules.filter((rule) => applies(rule, answer, budget));
  return budget.left <= 0 ? { kind: "unseen" } : { kind: "seen", found };
}
