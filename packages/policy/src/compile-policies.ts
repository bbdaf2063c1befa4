import { isNarrowgateError, NarrowgateError, parseStrictJson, utf8 } from "@narrowgate/kernel";
import { type CompiledPolicies, type CompiledPolicy, makeCompiledPolicies } from "./compiled-policies.ts";
import { compareText, type PolicyBundle, type PolicyProblem } from "./decision.ts";
import type { CedarRemark, PolicyEngine } from "./engine.ts";
import { isProfileFile, isTestFile, type Profile, readProfile, speaksOfBoth } from "./profile-schema.ts";
import { readAnnotations } from "./read-annotations.ts";
import { addReads, addScopeReads, emptyReadTrees } from "./read-set.ts";
import { readSchema, type SchemaShape } from "./schema-shape.ts";
import { readScope } from "./scope.ts";
import { nestsTooDeep, type PolicyText, splitPolicies } from "./split-policies.ts";
import { findUndeclared } from "./undeclared-reads.ts";

/** What came of a bundle. Problems and warnings are sorted by file, line, policy and message. */
export type CompileOutcome =
  | {
      readonly kind: "compiled";
      readonly policies: CompiledPolicies;
      /** Namespace of what is decided for others, where the bundle has a profile. */
      readonly profile?: string;
      /** What Cedar finds odd, such as a policy that can never apply. */
      readonly warnings: readonly PolicyProblem[];
    }
  | {
      readonly kind: "rejected";
      /** `read`: a policy or the schema is not in form. `validate`: all are, and do not go together. */
      readonly stage: "read" | "validate";
      readonly problems: readonly PolicyProblem[];
    };

const maxSchemaChars = 4_194_304;
const maxPolicies = 20_000;
// INVARIANT: expressions this shallow do not exhaust the engine's stack. Measured: it ends at 500.
const maxExpressionDepth = 150;

interface Placed extends PolicyText {
  readonly file: string;
}

interface LocatedPolicy extends CompiledPolicy {
  readonly place: Placed;
}

function compareProblems(a: PolicyProblem, b: PolicyProblem): number {
  return (
    compareText(a.file, b.file) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    compareText(a.policy ?? "", b.policy ?? "") ||
    compareText(a.message, b.message)
  );
}

function lineAt(text: string, byteOffset: number): number {
  return utf8(text)
    .subarray(0, byteOffset)
    .reduce((lines, byte) => (byte === 0x0a ? lines + 1 : lines), 1);
}

function lineIn(place: Placed, offset: number | undefined): number {
  return place.line + lineAt(place.text, offset ?? 0) - 1;
}

function readFiles({ files }: PolicyBundle, problems: PolicyProblem[]): Placed[] {
  const placed: Placed[] = [];
  const names = new Set<string>();
  for (const { name, text } of files) {
    if (names.has(name)) problems.push({ file: name, message: "two files have this name" });
    names.add(name);
    if (isProfileFile({ name }) || isTestFile({ name })) continue;
    const split = splitPolicies(text);
    if (split.kind === "refused") problems.push({ file: name, line: split.line, message: split.message });
    else placed.push(...split.policies.map((policy) => ({ ...policy, file: name })));
  }
  if (placed.length > maxPolicies)
    problems.push({ file: "", message: `a bundle has at most ${maxPolicies} policies` });
  return placed;
}

/** How deep the JSON form nests, without recursion. */
function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((node) => (typeof node === "object" && node !== null ? Object.values(node) : []));
  }
  return false;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function refuse(message: string): never {
  throw new NarrowgateError("policy_invalid", message);
}

function readPolicy(place: Placed, json: unknown): LocatedPolicy {
  // One level of an expression is two levels of its JSON form.
  if (isDeeperThan(json, 2 * maxExpressionDepth))
    refuse(`an expression nests at most ${maxExpressionDepth} deep`);
  const effect = member(json, "effect") === "forbid" ? "forbid" : "permit";
  const notes = readAnnotations(member(json, "annotations"), effect);
  const scope = readScope(json);
  const reads = emptyReadTrees();
  addScopeReads(reads, scope);
  const conditions = member(json, "conditions");
  for (const condition of Array.isArray(conditions) ? conditions : [])
    addReads(reads, member(condition, "body"));
  return { ...notes, effect, reads, scope, text: place.text, place };
}

function compileOne(engine: PolicyEngine, place: Placed, problems: PolicyProblem[]): LocatedPolicy[] {
  const answer = engine.parsePolicy(place.text);
  if (answer.kind === "refused") {
    for (const { message, offset } of answer.remarks) {
      problems.push({ file: place.file, line: lineIn(place, offset), message });
    }
    return [];
  }
  try {
    return [readPolicy(place, answer.json)];
  } catch (error) {
    if (!isNarrowgateError(error) || error.code !== "policy_invalid") throw error;
    problems.push({ file: place.file, line: place.line, message: error.publicMessage });
    return [];
  }
}

function dropDuplicates(
  policies: readonly LocatedPolicy[],
  problems: PolicyProblem[],
): Map<string, LocatedPolicy> {
  const byId = new Map<string, LocatedPolicy>();
  for (const policy of policies) {
    const { file, line } = policy.place;
    const first = byId.get(policy.id);
    if (first === undefined) byId.set(policy.id, policy);
    else {
      const message = `the id is also used at ${first.place.file}:${first.place.line}`;
      problems.push({ file, line, policy: policy.id, message });
    }
  }
  return byId;
}

/** Cedar takes a test for an undeclared attribute as false, and a `forbid` behind such a test would be dead. */
function findDeadReads(policies: Iterable<LocatedPolicy>, schema: SchemaShape): PolicyProblem[] {
  return [...policies].flatMap(({ id, place, reads, scope }) =>
    findUndeclared(reads, scope, schema).map((path) => {
      const message = `the schema does not declare ${path}`;
      return { file: place.file, line: place.line, policy: id, message };
    }),
  );
}

/** A policy that names neither side would open, or shut, what its author did not think of. */
function findMixed(
  policies: readonly LocatedPolicy[],
  schema: SchemaShape,
  { namespace }: Profile,
): PolicyProblem[] {
  const message = `it speaks of this instance's actions and of those of the profile ${namespace}; name the actions of one`;
  return policies
    .filter(({ scope }) => speaksOfBoth(scope, schema, namespace))
    .map(({ id, place: { file, line } }) => ({ file, line, policy: id, message }));
}

function profileOf(
  engine: PolicyEngine,
  bundle: PolicyBundle,
  problems: PolicyProblem[],
): Profile | undefined {
  const outcome = readProfile(engine, bundle);
  if (outcome.kind === "refused") problems.push(...outcome.problems);
  return outcome.kind === "profile" ? outcome.profile : undefined;
}

interface Schema {
  /** Cedar text, whichever form the bundle has. */
  readonly text: string;
  readonly shape: SchemaShape;
}

function schemaText(engine: PolicyEngine, schema: string): string {
  if (schema.length > maxSchemaChars) refuse(`a schema has at most ${maxSchemaChars} characters`);
  if (!schema.isWellFormed()) refuse("the schema holds a lone surrogate");
  if (nestsTooDeep(schema)) refuse("the schema nests too deeply");
  if (!/^\s*\{/.test(schema)) return schema;
  parseStrictJson(schema, { maxBytes: 3 * maxSchemaChars, maxDepth: 64 });
  const answer = engine.formatSchema(schema);
  if (answer.kind === "parsed" && typeof answer.json === "string") return answer.json;
  return refuse(
    answer.kind === "refused" ? answer.remarks.map(({ message }) => message).join("; ") : "not a schema",
  );
}

function compileSchema(
  engine: PolicyEngine,
  { schema }: PolicyBundle,
  profile: Profile | undefined,
  problems: PolicyProblem[],
): Schema | undefined {
  try {
    const own = schemaText(engine, schema);
    const text = profile === undefined ? own : `${own}\n${profile.text}`;
    const answer = engine.parseSchema(text);
    if (answer.kind === "parsed") return { text, shape: readSchema(answer.json) };
    for (const { message, offset } of answer.remarks) {
      problems.push({
        file: "schema",
        message,
        ...(offset === undefined ? {} : { line: lineAt(text, offset) }),
      });
    }
  } catch (error) {
    if (!isNarrowgateError(error) || error.code === "policy_engine_failed") throw error;
    problems.push({ file: "schema", message: error.publicMessage });
  }
  return undefined;
}

function locate(remarks: readonly CedarRemark[], byId: ReadonlyMap<string, LocatedPolicy>): PolicyProblem[] {
  return remarks.map(({ message, offset, policy }) => {
    const place = policy === undefined ? undefined : byId.get(policy)?.place;
    return {
      file: place?.file ?? "schema",
      ...(place === undefined ? {} : { line: lineIn(place, offset) }),
      ...(policy === undefined ? {} : { policy }),
      message,
    };
  });
}

/**
 * Compiles a bundle: splits, parses, checks ids, validates against the schema in Cedar's strict mode, and prepares
 * slicing.
 * Trust: an operator's; bounded all the same, because text that exhausts the engine would end all decisions.
 * @returns `rejected` with every problem found, or the policies; problems of validation come only once all else is well
 * @throws NarrowgateError `policy_engine_failed`
 */
export function compilePolicies(engine: PolicyEngine, bundle: PolicyBundle): CompileOutcome {
  const problems: PolicyProblem[] = [];
  const placed = readFiles(bundle, problems);
  const byId = dropDuplicates(
    placed.flatMap((place) => compileOne(engine, place, problems)),
    problems,
  );
  const profile = profileOf(engine, bundle, problems);
  const schema = compileSchema(engine, bundle, profile, problems);
  if (problems.length > 0 || schema === undefined)
    return { kind: "rejected", stage: "read", problems: problems.sort(compareProblems) };
  const policies = [...byId.values()].sort((a, b) => compareText(a.id, b.id));
  const texts = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  const { errors, warnings } = engine.validate(schema.text, texts);
  const invalid = new Set(errors.map(({ policy }) => policy));
  const valid = policies.filter(({ id }) => !invalid.has(id));
  const dead = findDeadReads(valid, schema.shape);
  const mixed = profile === undefined ? [] : findMixed(policies, schema.shape, profile);
  if (errors.length + dead.length + mixed.length > 0) {
    const invalidated = [...locate(errors, byId), ...dead, ...mixed].sort(compareProblems);
    return { kind: "rejected", stage: "validate", problems: invalidated };
  }
  const given = profile === undefined ? bundle.schema : `${bundle.schema}\n${profile.text}`;
  const tests = bundle.files.filter(isTestFile).map(({ text }) => text);
  return {
    kind: "compiled",
    policies: makeCompiledPolicies(engine, {
      policies,
      schema: schema.shape,
      schemaText: given,
      tests: tests.sort(),
    }),
    ...(profile === undefined ? {} : { profile: profile.namespace }),
    warnings: locate(warnings, byId).sort(compareProblems),
  };
}
