import { utf8 } from "@narrowgate/kernel";
import type { PolicyBundle, PolicyProblem } from "./decision.ts";
import type { PolicyEngine } from "./engine.ts";
import type { ActionShape, SchemaShape } from "./schema-shape.ts";
import { actionMatches, type Constraint, type PolicyScope } from "./scope.ts";
import { nestsTooDeep } from "./split-policies.ts";

/** The schema of what is decided for others: entity types and actions in a namespace of their own. */
export interface Profile {
  /** Its name: the one namespace its file declares. */
  readonly namespace: string;
  /** Cedar text, as given. */
  readonly text: string;
}

/** A profile, none, or what is wrong with it. */
export type ProfileOutcome =
  | { readonly kind: "profile"; readonly profile: Profile }
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly problems: readonly PolicyProblem[] };

type File = PolicyBundle["files"][number];

const maxProfileChars = 1_048_576;

/** Whether a file of a bundle holds the schema of a profile and no policies. */
export function isProfileFile({ name }: Pick<File, "name">): boolean {
  return name.endsWith(".cedarschema");
}

/** Whether a file of a bundle holds tests of its policies and no policies. They decide nothing, and belong to its digest. */
export function isTestFile({ name }: Pick<File, "name">): boolean {
  return name.endsWith(".cedartest.yaml");
}

function lineAt(text: string, byteOffset: number): number {
  return utf8(text)
    .subarray(0, byteOffset)
    .reduce((lines, byte) => (byte === 0x0a ? lines + 1 : lines), 1);
}

function refused(file: string, message: string, line?: number): ProfileOutcome {
  return {
    kind: "refused",
    problems: [{ file, ...(line === undefined ? {} : { line }), message }],
  };
}

function readOne(engine: PolicyEngine, { name, text }: File): ProfileOutcome {
  if (text.length > maxProfileChars)
    return refused(name, `a profile has at most ${maxProfileChars} characters`);
  if (!text.isWellFormed() || nestsTooDeep(text)) return refused(name, "the profile cannot be read");
  const answer = engine.parseSchema(text);
  if (answer.kind === "refused") {
    const problems = answer.remarks.map(({ message, offset }) => ({
      file: name,
      message,
      ...(offset === undefined ? {} : { line: lineAt(text, offset) }),
    }));
    return { kind: "refused", problems };
  }
  // INVARIANT: nothing of a profile is declared beside the types of the instance itself, so no request of others can
  // name an agent or a tool, and no file of a profile can change what is known of them.
  const [namespace, ...more] = Object.keys(Object(answer.json));
  if (namespace === undefined || namespace === "" || more.length > 0)
    return refused(name, "a profile declares exactly one namespace, and everything inside it");
  return { kind: "profile", profile: { namespace, text } };
}

/**
 * Reads the profile of a bundle: the one file whose name ends in `.cedarschema`.
 * Trust: an operator's; bounded.
 * @throws NarrowgateError `policy_engine_failed`
 */
export function readProfile(engine: PolicyEngine, { files }: PolicyBundle): ProfileOutcome {
  const [first, second] = files.filter(isProfileFile);
  if (first === undefined) return { kind: "none" };
  if (second !== undefined) return refused(second.name, `a bundle has one profile; ${first.name} is another`);
  return readOne(engine, first);
}

function typeOfKey(key: string): string {
  return key.slice(0, key.indexOf("\u0000"));
}

/** Whether a constraint could hold for one of the types; `in` reaches whatever is below. */
function mayConcern(constraint: Constraint, types: ReadonlySet<string>): boolean {
  switch (constraint.kind) {
    case "any":
    case "in":
      return true;
    case "equals":
      return types.has(typeOfKey(constraint.entity));
    case "is":
    case "isIn":
      return types.has(constraint.type);
  }
}

function concerns(scope: PolicyScope, key: string, shape: ActionShape): boolean {
  return (
    actionMatches(scope.action, key, shape.ancestors) &&
    mayConcern(scope.principal, shape.principalTypes) &&
    mayConcern(scope.resource, shape.resourceTypes)
  );
}

/** Whether a policy speaks both of the instance's own actions and of those of the profile. */
export function speaksOfBoth(scope: PolicyScope, { actions }: SchemaShape, namespace: string): boolean {
  const foreign = `${namespace}::Action`;
  const found = [...actions].filter(([key, shape]) => concerns(scope, key, shape));
  const sides = new Set(found.map(([key]) => typeOfKey(key) === foreign));
  return sides.size > 1;
}
