import { canonicalBytes, isNarrowgateError, type Sha256Text, toSha256Text } from "@narrowgate/kernel";
import { BoundedMemo } from "./bounded-memo.ts";
import { type CheckedOperation, checkContext, checkOperation, checkRequest } from "./check-request.ts";
import { type DecisionRequest, type PolicyDecision, splitEntityKey } from "./decision.ts";
import type { ParseAnswer, PolicyEngine } from "./engine.ts";
import { KnownOperations } from "./known-operations.ts";
import {
  type ProjectedEntity,
  type ProjectedOperation,
  parseProjection,
  projectContext,
  projectOperation,
  projectRequest,
} from "./project-request.ts";
import {
  emptyReadTrees,
  formatReadSet,
  mergeReadTrees,
  type ReadSet,
  type ReadTrees,
  readEverything,
} from "./read-set.ts";
import type { ActionShape, SchemaShape } from "./schema-shape.ts";
import type { PolicyScope } from "./scope.ts";
import { SliceIndex } from "./slice-index.ts";
import { denial, type PolicyNote, readVerdict } from "./verdict.ts";

/** Decisions kept, at most. */
export const MAX_MEMO_ENTRIES = 65_536;

/** UTF-16 units of memo keys kept, at most; a projection longer than a 1,024th of this is not kept. */
export const MAX_MEMO_CHARS = 33_554_432;

const maxMemoKey = MAX_MEMO_CHARS / 1024;
const maxSlices = 4096;
const maxSliceChars = 4_194_304;

/** One policy, compiled. */
export interface CompiledPolicy extends PolicyNote {
  readonly id: string;
  readonly text: string;
  readonly scope: PolicyScope;
  readonly reads: ReadTrees;
}

/** The policies whose scope matches one kind of request. */
export interface Slice {
  /** Sorted. */
  readonly policyIds: readonly string[];
  readonly readSet: ReadSet;
  /** SHA-256 over the texts of the slice, their ids and the schema. */
  readonly digest: Sha256Text;
}

/** Policies ready to decide. Synchronous; safe to share within a thread. */
export interface CompiledPolicies {
  /** SHA-256 over all texts and the schema; the order of files and of policies in them does not matter. */
  readonly digest: Sha256Text;
  /** Decides on the slice and its projection, or remembers. Never throws: what fails denies. */
  decide(request: DecisionRequest): PolicyDecision;
  /** Decides on all policies and on all that the schema declares, and remembers nothing. The slow twin of `decide`. */
  decideUnsliced(request: DecisionRequest): PolicyDecision;
  /** @throws NarrowgateError `policy_context_invalid` */
  sliceFor(request: DecisionRequest): Slice;
  /**
   * The canonical text of all that the slice can read of the request.
   * @throws NarrowgateError `policy_context_invalid`
   */
  project(request: DecisionRequest): string;
  /** Sorted ids of all policies. */
  ids(): readonly string[];
  /** What analysis and explanation look at; no decision does. */
  inside(): PolicyInside;
}

/** The parts of a bundle, for those who ask what would be if. */
export interface PolicyInside {
  /** Sorted by id. */
  readonly policies: readonly CompiledPolicy[];
  readonly schema: SchemaShape;
  /** Bodies of the conditions of a policy, in the JSON form of Cedar; empty for a policy without any. */
  conditions(id: string): readonly unknown[];
  /** The same policies, these alone; ids that are not there are passed over. */
  subset(ids: ReadonlySet<string>): CompiledPolicies;
}

/** What the compiler hands over. */
export interface CompiledParts {
  /** Sorted by id. */
  readonly policies: readonly CompiledPolicy[];
  readonly schema: SchemaShape;
  readonly schemaText: string;
  /** Texts of the tests that stand in the bundle, sorted: part of its digest, and of no decision. */
  readonly tests: readonly string[];
}

interface LiveSlice {
  readonly key: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly reads: ReadTrees;
}

/** An operation that was checked, the policies that match it, and its share of the projection. */
interface LiveOperation extends ProjectedOperation {
  readonly checked: CheckedOperation;
  readonly slice: LiveSlice;
  /** Stands for slice and projection in keys of the memo. */
  readonly id: number;
}

function textsOf(policies: readonly CompiledPolicy[]): Record<string, string> {
  return Object.fromEntries(policies.map(({ id, text }) => [id, text]));
}

/** Cedar takes the groups of an action from the entities when it is given no schema. */
function actionEntity(key: string, { ancestors }: ActionShape): ProjectedEntity[] {
  const parents = [...ancestors].filter((ancestor) => ancestor !== key).map(splitEntityKey);
  return parents.length === 0 ? [] : [{ uid: splitEntityKey(key), attrs: {}, parents }];
}

function conditionsOf(answer: ParseAnswer): readonly unknown[] {
  if (answer.kind === "refused") return [];
  const conditions: unknown = Reflect.get(Object(answer.json), "conditions");
  return Array.isArray(conditions) ? conditions.map((one: unknown) => Reflect.get(Object(one), "body")) : [];
}

/** Makes the face of a set of compiled policies. Trust: the policies passed validation. */
export function makeCompiledPolicies(engine: PolicyEngine, parts: CompiledParts): CompiledPolicies {
  return new SlicedPolicies(engine, parts);
}

class SlicedPolicies implements CompiledPolicies {
  readonly digest: Sha256Text;
  readonly #engine: PolicyEngine;
  readonly #parts: CompiledParts;
  readonly #index: SliceIndex;
  readonly #notes: ReadonlyMap<string, PolicyNote>;
  readonly #all: LiveSlice;
  readonly #slices: BoundedMemo<LiveSlice> = new BoundedMemo(maxSlices, maxSliceChars);
  readonly #memo: BoundedMemo<PolicyDecision> = new BoundedMemo(MAX_MEMO_ENTRIES, MAX_MEMO_CHARS);
  readonly #operations: KnownOperations<LiveOperation> = new KnownOperations();
  readonly #ids: BoundedMemo<number> = new BoundedMemo(MAX_MEMO_ENTRIES, MAX_MEMO_CHARS);
  #nextId = 0;

  constructor(engine: PolicyEngine, parts: CompiledParts) {
    this.#engine = engine;
    this.#parts = parts;
    this.#index = new SliceIndex(parts.policies.map(({ scope }) => scope));
    this.#notes = new Map(parts.policies.map((policy) => [policy.id, policy]));
    const reads = emptyReadTrees();
    readEverything(reads);
    this.#all = { key: "", texts: textsOf(parts.policies), reads };
    this.digest = this.#digestOf(this.#all.texts, parts.tests);
  }

  decide(request: DecisionRequest): PolicyDecision {
    return this.#failClosed(() => {
      const { checked, slice, id, before, after } = this.#operations.find(request, () =>
        this.#operationOf(request),
      );
      checkContext(request.context, checked);
      const context = projectContext(request.context, checked, slice.reads);
      const key = `${id} ${context}`;
      const known = this.#memo.get(key);
      if (known !== undefined) return known;
      const decision = this.#evaluate(slice, `${before}${context}${after}`, checked);
      if (key.length <= maxMemoKey) this.#memo.set(key, decision);
      return decision;
    });
  }

  decideUnsliced(request: DecisionRequest): PolicyDecision {
    return this.#failClosed(() => {
      const checked = checkRequest(request, this.#parts.schema);
      return this.#evaluate(this.#all, projectRequest(checked, this.#all.reads), checked);
    });
  }

  sliceFor(request: DecisionRequest): Slice {
    const { texts, reads } = this.#sliceOf(checkRequest(request, this.#parts.schema));
    return {
      policyIds: Object.keys(texts).sort(),
      readSet: formatReadSet(reads),
      digest: this.#digestOf(texts),
    };
  }

  project(request: DecisionRequest): string {
    const checked = checkRequest(request, this.#parts.schema);
    return projectRequest(checked, this.#sliceOf(checked).reads);
  }

  ids(): readonly string[] {
    return this.#parts.policies.map(({ id }) => id);
  }

  inside(): PolicyInside {
    const { policies, schema } = this.#parts;
    const texts = new Map(policies.map(({ id, text }) => [id, text]));
    return {
      policies,
      schema,
      conditions: (id) => conditionsOf(this.#engine.parsePolicy(texts.get(id) ?? "")),
      subset: (ids) =>
        makeCompiledPolicies(this.#engine, {
          ...this.#parts,
          policies: policies.filter((policy) => ids.has(policy.id)),
        }),
    };
  }

  #digestOf(policies: Readonly<Record<string, string>>, tests: readonly string[] = []): Sha256Text {
    const tested = tests.length === 0 ? {} : { tests: [...tests] };
    const parts = { policies, schema: this.#parts.schemaText, ...tested };
    return toSha256Text(this.#engine.sha256(canonicalBytes(parts)));
  }

  #operationOf(request: DecisionRequest): LiveOperation {
    const checked = checkOperation(request, this.#parts.schema);
    const slice = this.#sliceOf(checked);
    const projected = projectOperation(checked, slice.reads);
    const text = `${slice.key}\n${projected.before}\n${projected.after}`;
    const known = this.#ids.get(text);
    // A number is never given twice, so what was decided under a forgotten one is found by nobody.
    const id = known ?? this.#nextId++;
    if (known === undefined) this.#ids.set(text, id);
    return { checked, slice, id, ...projected };
  }

  #sliceOf(checked: CheckedOperation): LiveSlice {
    const positions = this.#index.find(checked);
    const key = positions.join();
    const known = this.#slices.get(key);
    if (known !== undefined) return known;
    const policies = positions.flatMap((position) => this.#parts.policies[position] ?? []);
    const slice = {
      key,
      texts: textsOf(policies),
      reads: mergeReadTrees(policies.map(({ reads }) => reads)),
    };
    this.#slices.set(key, slice);
    return slice;
  }

  #evaluate(
    slice: LiveSlice,
    projection: string,
    { actionKey, actionShape }: CheckedOperation,
  ): PolicyDecision {
    // A policy that can name any entity can also name an action that is not the one of the request.
    const actions = slice.reads.everyEntity
      ? [...this.#parts.schema.actions].flatMap(([key, shape]) => actionEntity(key, shape))
      : actionEntity(actionKey, actionShape);
    return readVerdict(this.#engine.evaluate(slice, parseProjection(projection), actions), this.#notes);
  }

  /** INVARIANT: the one place where a throw becomes a denial. */
  #failClosed(run: () => PolicyDecision): PolicyDecision {
    if (this.#engine.failed) return denial("policy_engine_failed", "the policy engine has failed");
    try {
      return run();
    } catch (error) {
      if (isNarrowgateError(error) && error.code === "policy_context_invalid") {
        return denial("policy_context_invalid", error.publicMessage);
      }
      return denial("policy_engine_failed", "the policy engine failed");
    }
  }
}
