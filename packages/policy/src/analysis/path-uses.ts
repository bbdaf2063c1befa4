import type { CompiledPolicies } from "../compiled-policies.ts";

/** How policies use the value at one path. */
export interface PathUse {
  /** `context`, `principal` or `resource`, then names. */
  readonly path: readonly [root: PathRoot, ...names: string[]];
  /** Texts it is compared with, or whose membership is asked. */
  readonly texts: Set<string>;
  /** Whole numbers it is compared with. */
  readonly numbers: Set<number>;
  /** Used in some other way, so that these values do not stand for all values. */
  opaque: boolean;
}

/** Where a path begins. */
export type PathRoot = "context" | "principal" | "resource";

type Uses = Map<string, PathUse>;

function operation(expr: unknown): readonly [string, unknown] {
  if (typeof expr !== "object" || expr === null || Array.isArray(expr)) return ["", undefined];
  const [only, ...others] = Object.entries(expr);
  return only === undefined || others.length > 0 ? ["", undefined] : only;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function pathOf(expr: unknown): PathUse["path"] | undefined {
  const [operator, operand] = operation(expr);
  if (operator === "Var")
    return operand === "context" || operand === "principal" || operand === "resource" ? [operand] : undefined;
  if (operator !== ".") return undefined;
  const before = pathOf(member(operand, "left"));
  const name = member(operand, "attr");
  return before === undefined || typeof name !== "string" ? undefined : [...before, name];
}

function useOf(uses: Uses, path: PathUse["path"]): PathUse {
  const key = JSON.stringify(path);
  const known = uses.get(key);
  if (known !== undefined) return known;
  const made: PathUse = { path, texts: new Set(), numbers: new Set(), opaque: false };
  uses.set(key, made);
  return made;
}

/** The literals of a value or of a set of values; undefined when anything in it is computed. */
function literalsOf(expr: unknown): readonly (string | number | boolean)[] | undefined {
  const [operator, operand] = operation(expr);
  if (operator === "Value")
    return typeof operand === "string" || typeof operand === "number" || typeof operand === "boolean"
      ? [operand]
      : undefined;
  if (operator === "neg") {
    const [value] = literalsOf(member(operand, "arg")) ?? [];
    return typeof value === "number" ? [-value] : undefined;
  }
  if (operator !== "Set" || !Array.isArray(operand)) return undefined;
  const parts = operand.map(literalsOf);
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function note(use: PathUse, literals: readonly (string | number | boolean)[]): void {
  for (const literal of literals) {
    if (typeof literal === "string") use.texts.add(literal);
    if (typeof literal === "number") use.numbers.add(literal);
  }
}

const comparing: ReadonlySet<string> = new Set("== != < <= > >= contains containsAny containsAll".split(" "));

/** A path on one side and literals on the other; false when it is anything else. */
function compared(uses: Uses, left: unknown, right: unknown): boolean {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ]) {
    const path = pathOf(one);
    const literals = literalsOf(other);
    if (path === undefined || literals === undefined || path.length === 1) continue;
    note(useOf(uses, path), literals);
    return true;
  }
  return false;
}

/** What is left of a pattern without its wildcards: one text that matches it. */
function patternText(pattern: unknown): string {
  const parts: readonly unknown[] = Array.isArray(pattern) ? pattern : [];
  return parts.map((part) => String(member(part, "Literal") ?? "")).join("");
}

function addLike(uses: Uses, operand: unknown): void {
  const path = pathOf(member(operand, "left"));
  if (path === undefined) {
    addUses(uses, member(operand, "left"));
    return;
  }
  const use = useOf(uses, path);
  use.texts.add(patternText(member(operand, "pattern")));
  use.opaque = true;
}

function addHas(uses: Uses, operand: unknown): void {
  const path = pathOf(member(operand, "left"));
  const attr = member(operand, "attr");
  const names = Array.isArray(attr) ? attr.map(String) : [String(attr)];
  if (path !== undefined) useOf(uses, [...path, ...names]);
}

/** Whether what stands there is looked at by itself: as a truth value, or for being empty. */
function isPlainPlace(operator: string, name: string): boolean {
  return ["!", "&&", "||", "isEmpty"].includes(operator) || (operator === "if-then-else" && name === "if");
}

function addOperands(uses: Uses, operator: string, operand: unknown): void {
  const operands = typeof operand === "object" && operand !== null ? Object.entries(operand) : [];
  for (const [name, each] of operands) {
    const below = pathOf(each);
    if (below !== undefined && below.length > 1 && isPlainPlace(operator, name)) useOf(uses, below);
    else addUses(uses, each);
  }
}

function addUses(uses: Uses, expr: unknown): void {
  const path = pathOf(expr);
  if (path !== undefined) {
    if (path.length > 1 || path[0] === "context") useOf(uses, path).opaque = true;
    return;
  }
  const [operator, operand] = operation(expr);
  const isCompared =
    comparing.has(operator) && compared(uses, member(operand, "left"), member(operand, "right"));
  if (operator === "like") addLike(uses, operand);
  else if (operator === "has") addHas(uses, operand);
  else if (!isCompared) addOperands(uses, operator, operand);
}

function addCondition(uses: Uses, body: unknown): void {
  const path = pathOf(body);
  if (path === undefined) addUses(uses, body);
  else useOf(uses, path);
}

/** Every path that the conditions of these policies use, and with what it is compared. */
export function pathUses(policies: CompiledPolicies, ids: readonly string[]): readonly PathUse[] {
  const uses: Uses = new Map();
  const inside = policies.inside();
  for (const id of ids) for (const body of inside.conditions(id)) addCondition(uses, body);
  return [...uses.values()];
}
