import type { JsonValue } from "@narrowgate/kernel";
import type { World } from "../cases/world.ts";
import type { CompiledPolicies } from "../compiled-policies.ts";
import { type DecisionRequest, entityKey, type PolicyDecision } from "../decision.ts";
import { type Domain, domainOf } from "./domains.ts";
import { type PathUse, pathUses } from "./path-uses.ts";
import { valueAtPath, withValueAtPath } from "./set-path.ts";

/** One other value at one place that would have let the request through. Absent means without a value. */
export interface AttributeChange {
  /** JSON Pointer: `/context/...`, `/principal/...`, `/resource/...`. */
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** A policy that took part, as its author describes it. */
export interface DecidingPolicy {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly reason?: string;
}

/** Why a request was denied, and the least that would have let it through. */
export interface Explanation {
  readonly decision: PolicyDecision;
  readonly decided: readonly DecidingPolicy[];
  /** Each alone lets it through. */
  readonly attributes: readonly AttributeChange[];
  /** Ids; without that one policy, and all else as it is, the request is let through. */
  readonly withoutPolicy: readonly string[];
  readonly bound: {
    /** Values that were decided on. */
    readonly tried: number;
    /** False when there were more values to try than are tried. */
    readonly all: boolean;
    /** Paths where a value that was not tried may let it through as well; sorted. */
    readonly notDecided: readonly string[];
  };
}

/** Values tried for one request, at most. */
export const MAX_TRIED = 4096;

function pointer(path: PathUse["path"]): string {
  return path.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function describe(policies: CompiledPolicies, ids: readonly string[]): readonly DecidingPolicy[] {
  const wanted = new Set(ids);
  return policies
    .inside()
    .policies.flatMap(({ id, effect, reason }) =>
      wanted.has(id) ? [{ id, effect, ...(reason === undefined ? {} : { reason }) }] : [],
    );
}

/** What other entities of this type have at the path. */
function valuesInWorld(world: World, request: DecisionRequest, path: PathUse["path"]): readonly JsonValue[] {
  const [root, name] = path;
  if (root === "context" || name === undefined || path.length !== 2) return [];
  return [...world.values()].flatMap(({ uid, attrs }) => {
    const value = uid.type === request[root].type && Object.hasOwn(attrs, name) ? attrs[name] : undefined;
    return value === undefined ? [] : [value];
  });
}

/** Sets a request could have had instead: one text more, one less, and all signatures that policies ask for. */
function otherSets(
  before: JsonValue | undefined,
  use: PathUse,
  policies: CompiledPolicies,
): readonly JsonValue[] {
  if (!Array.isArray(before)) return [];
  const now: readonly JsonValue[] = before;
  const signatures = policies.inside().policies.flatMap(({ approval }) => approval);
  const isApprovals = use.path.join(".") === "context.approvals";
  const wanted = isApprovals ? [...new Set([...use.texts, ...signatures])] : [...use.texts];
  return [
    ...wanted.map((text) => [...new Set([...now, text])]),
    ...now.map((item) => now.filter((other) => other !== item)),
    [...new Set([...now, ...wanted])],
  ];
}

interface Candidates {
  readonly path: PathUse["path"];
  readonly values: readonly (JsonValue | undefined)[];
  readonly complete: boolean;
}

interface Around {
  readonly policies: CompiledPolicies;
  readonly world: World;
  readonly request: DecisionRequest;
}

function otherValues(
  use: PathUse,
  before: JsonValue | undefined,
  domain: Domain,
  { policies, request, world }: Around,
): readonly (JsonValue | undefined)[] {
  if (Array.isArray(before)) return otherSets(before, use, policies);
  // Another record would change many things at once.
  if (typeof before === "object") return domain.values.filter((value) => value === undefined);
  return [...domain.values, ...valuesInWorld(world, request, use.path)];
}

function candidatesAt(use: PathUse, domain: Domain, around: Around): Candidates {
  const before = valueAtPath(around.request, use.path);
  const text = (value: JsonValue | undefined): string => (value === undefined ? "" : JSON.stringify(value));
  const distinct = new Map(otherValues(use, before, domain, around).map((value) => [text(value), value]));
  distinct.delete(text(before));
  return { path: use.path, values: [...distinct.values()], complete: domain.complete };
}

function allCandidates(slice: readonly string[], around: Around): readonly Candidates[] {
  const { policies, request } = around;
  const { schema } = policies.inside();
  const types = {
    action: entityKey(request.action),
    principal: request.principal.type,
    resource: request.resource.type,
  };
  return pathUses(policies, slice).flatMap((use) => {
    const domain = domainOf(use, schema, types);
    return domain === undefined ? [] : [candidatesAt(use, domain, around)];
  });
}

function change(
  path: PathUse["path"],
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): AttributeChange {
  return {
    path: pointer(path),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function policiesInTheWay({ policies, request }: Around, ids: readonly string[]): readonly string[] {
  const inside = policies.inside();
  return ids.filter((id) => {
    const others = new Set(policies.ids().filter((other) => other !== id));
    return inside.subset(others).decide(request).verdict === "allow";
  });
}

/**
 * Explains a denial: who decided, and every single change of an attribute or removal of a policy that would have allowed
 * the request. Each is found by deciding again, so the answer is Cedar's; values are those policies name, their
 * neighbours, those of the registry, and both truth values, at most {@link MAX_TRIED}.
 * Trust: the request is as recorded; what it does not conform to denies again.
 * @param world - entities whose attributes are tried as well; empty when none are at hand
 * @see docs/design/policy.md, Explaining a denial
 */
export function explainDenial(
  policies: CompiledPolicies,
  request: DecisionRequest,
  world: World = new Map(),
): Explanation {
  const decision = policies.decide(request);
  const decided = describe(policies, decision.policies);
  if (decision.verdict === "allow" || decision.code === "policy_context_invalid") {
    const bound = { tried: 0, all: true, notDecided: [] };
    return { decision, decided, attributes: [], withoutPolicy: [], bound };
  }
  const around = { policies, request, world };
  const slice = policies.sliceFor(request).policyIds;
  const candidates = allCandidates(slice, around);
  const tries = candidates.flatMap(({ path, values }) => values.map((value) => ({ path, value })));
  const tried = tries.slice(0, MAX_TRIED);
  const allows = ({ path, value }: (typeof tries)[number]): boolean =>
    policies.decide(withValueAtPath(request, path, value)).verdict === "allow";
  return {
    decision,
    decided,
    attributes: tried
      .filter(allows)
      .map(({ path, value }) => change(path, valueAtPath(request, path), value)),
    withoutPolicy: policiesInTheWay(around, slice),
    bound: {
      tried: tried.length,
      all: tried.length === tries.length,
      notDecided: candidates
        .filter(({ complete }) => !complete)
        .map(({ path }) => pointer(path))
        .sort(),
    },
  };
}
