import { compareText } from "./decision.ts";
import type { PolicyScope } from "./scope.ts";

/** Which parts of a record are read: all of it, or these members, each in part or only for being there. */
export interface ReadTree {
  whole: boolean;
  readonly members: Map<string, ReadTree>;
}

/** Everything a set of policies can read beside the names of principal, action and resource. */
export interface ReadTrees {
  readonly context: ReadTree;
  readonly principal: ReadTree;
  readonly resource: ReadTree;
  /** Ancestors of principal and resource. */
  hierarchy: boolean;
  /** Attributes and ancestors of any entity. */
  everyEntity: boolean;
}

/** A read set as shown to people and kept in evidence. */
export interface ReadSet {
  /** JSON pointers, sorted, or everything. */
  readonly context: "all" | readonly string[];
  readonly principal: "all" | readonly string[];
  readonly resource: "all" | readonly string[];
  readonly hierarchy: boolean;
  readonly everyEntity: boolean;
}

function newTree(): ReadTree {
  return { whole: false, members: new Map() };
}

/** A read set that reads nothing yet. */
export function emptyReadTrees(): ReadTrees {
  return {
    context: newTree(),
    principal: newTree(),
    resource: newTree(),
    hierarchy: false,
    everyEntity: false,
  };
}

/** Marks everything as read. */
export function readEverything(trees: ReadTrees): void {
  trees.context.whole = true;
  readAnyEntity(trees);
}

function readAnyEntity(trees: ReadTrees): void {
  trees.principal.whole = true;
  trees.resource.whole = true;
  trees.hierarchy = true;
  trees.everyEntity = true;
}

function descend(tree: ReadTree, path: readonly string[]): ReadTree {
  let at = tree;
  for (const name of path) {
    let next = at.members.get(name);
    if (next === undefined) {
      next = newTree();
      at.members.set(name, next);
    }
    at = next;
  }
  return at;
}

type Node = Readonly<Record<string, unknown>>;

function nodeOf(value: unknown): Node {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

/** The one operator of an expression node and what it is applied to. */
function operation(expr: unknown): readonly [string, unknown] {
  const entries = Object.entries(nodeOf(expr));
  const only = entries[0];
  return entries.length === 1 && only !== undefined ? only : ["", undefined];
}

interface Path {
  readonly root: "context" | "principal" | "resource";
  readonly names: readonly string[];
}

/** Reads `context.a.b` and its like; anything else is no path. */
function pathOf(expr: unknown): Path | undefined {
  const [operator, operand] = operation(expr);
  if (operator === "Var") {
    const known = operand === "context" || operand === "principal" || operand === "resource";
    return known ? { root: operand, names: [] } : undefined;
  }
  if (operator !== ".") return undefined;
  const { left, attr } = nodeOf(operand);
  const before = pathOf(left);
  return before === undefined || typeof attr !== "string"
    ? undefined
    : { root: before.root, names: [...before.names, attr] };
}

function addAttribute(trees: ReadTrees, expr: unknown, left: unknown): void {
  const path = pathOf(expr);
  if (path !== undefined) {
    descend(trees[path.root], path.names).whole = true;
    return;
  }
  // What is on the left is computed: it may be any entity the policy can name.
  readAnyEntity(trees);
  addReads(trees, left);
}

function addHas(trees: ReadTrees, left: unknown, attr: unknown): void {
  const path = pathOf(left);
  const names = typeof attr === "string" ? [attr] : Array.isArray(attr) ? attr.map(String) : [];
  if (path !== undefined && names.length > 0) {
    descend(trees[path.root], [...path.names, ...names]);
    return;
  }
  readAnyEntity(trees);
  addReads(trees, left);
}

function addHierarchy(trees: ReadTrees, left: unknown): void {
  const [operator, operand] = operation(left);
  const isVariable = operator === "Var";
  if (isVariable && (operand === "principal" || operand === "resource")) trees.hierarchy = true;
  // The action's groups are always at hand; any other entity on the left needs its own ancestors.
  else if (!(isVariable && operand === "action")) readAnyEntity(trees);
}

function addVariable(trees: ReadTrees, name: unknown): void {
  // An entity as a value is its name, which every projection holds.
  if (name === "context") trees.context.whole = true;
}

function addEach(trees: ReadTrees, operands: readonly unknown[]): void {
  for (const operand of operands) addReads(trees, operand);
}

// Operators and extension functions that look at the values of their operands and at nothing those values point to.
const plainOperators: ReadonlySet<string> = new Set(
  (
    "! neg == != < <= > >= && || + - * contains containsAll containsAny isEmpty if-then-else Set Record " +
    "ip isIpv4 isIpv6 isLoopback isMulticast isInRange " +
    "decimal lessThan lessThanOrEqual greaterThan greaterThanOrEqual " +
    "datetime offset durationSince toDate toTime duration " +
    "toMilliseconds toSeconds toMinutes toHours toDays"
  ).split(" "),
);

function operandsOf(operand: unknown): readonly unknown[] {
  return Array.isArray(operand) ? operand : Object.values(nodeOf(operand));
}

/**
 * Adds what an expression, in the JSON form of a Cedar policy, can read.
 * INVARIANT: an operator that is not known here widens to everything, so a newer Cedar cannot make the set too small.
 */
export function addReads(trees: ReadTrees, expr: unknown): void {
  const [operator, operand] = operation(expr);
  if (plainOperators.has(operator)) addEach(trees, operandsOf(operand));
  else addSpecial(trees, expr, operator, operand);
}

function addSpecial(trees: ReadTrees, expr: unknown, operator: string, operand: unknown): void {
  const { left, attr, right } = nodeOf(operand);
  switch (operator) {
    case "Value":
      break;
    case "Var":
      addVariable(trees, operand);
      break;
    case ".":
      addAttribute(trees, expr, left);
      break;
    case "has":
      addHas(trees, left, attr);
      break;
    case "like":
      addReads(trees, left);
      break;
    case "in":
      addHierarchy(trees, left);
      addEach(trees, [left, right]);
      break;
    case "is":
      addIs(trees, nodeOf(operand));
      break;
    default:
      readEverything(trees);
  }
}

function addIs(trees: ReadTrees, is: Node): void {
  if (is.in !== undefined) addHierarchy(trees, is.left);
  addEach(trees, is.in === undefined ? [is.left] : [is.left, is.in]);
}

/** Adds what deciding whether a scope matches can read. */
export function addScopeReads(trees: ReadTrees, scope: PolicyScope): void {
  if (scope.principal.kind === "in" || scope.principal.kind === "isIn") trees.hierarchy = true;
  if (scope.resource.kind === "in" || scope.resource.kind === "isIn") trees.hierarchy = true;
}

function mergeTree(into: ReadTree, from: ReadTree): void {
  if (from.whole) into.whole = true;
  for (const [name, member] of from.members) mergeTree(descend(into, [name]), member);
}

/** The union of read sets. */
export function mergeReadTrees(all: readonly ReadTrees[]): ReadTrees {
  const merged = emptyReadTrees();
  for (const trees of all) {
    mergeTree(merged.context, trees.context);
    mergeTree(merged.principal, trees.principal);
    mergeTree(merged.resource, trees.resource);
    merged.hierarchy ||= trees.hierarchy;
    merged.everyEntity ||= trees.everyEntity;
  }
  return merged;
}

function pointers(tree: ReadTree, prefix: string): string[] {
  if (tree.whole || (tree.members.size === 0 && prefix !== "")) return [prefix];
  return [...tree.members].flatMap(([name, member]) =>
    pointers(member, `${prefix}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

function shown(tree: ReadTree): "all" | readonly string[] {
  return tree.whole ? "all" : pointers(tree, "").sort(compareText);
}

/** A read set in the form people read. */
export function formatReadSet(trees: ReadTrees): ReadSet {
  return {
    context: shown(trees.context),
    principal: shown(trees.principal),
    resource: shown(trees.resource),
    hierarchy: trees.hierarchy,
    everyEntity: trees.everyEntity,
  };
}
