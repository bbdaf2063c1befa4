import type { JsonValue } from "@narrowgate/kernel";
import { buildRequest } from "../cases/build-request.ts";
import type { World } from "../cases/world.ts";
import type { CompiledPolicies } from "../compiled-policies.ts";
import {
  type DecisionRequest,
  type EntityRecord,
  type EntityRef,
  entityKey,
  splitEntityKey,
} from "../decision.ts";
import { type Domain, domainOf } from "./domains.ts";
import { type PathUse, pathUses } from "./path-uses.ts";
import { withValueAtPath } from "./set-path.ts";

/** One kind of request: who does what to what. */
export interface Triple {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  /** Principals and resources for which the same holds, themselves included. */
  readonly principals: readonly EntityRef[];
  readonly resources: readonly EntityRef[];
}

/** The requests that stand for all requests of a triple, as far as some policies can tell. */
export interface Cases {
  readonly requests: readonly DecisionRequest[];
  /** False when some request of the triple might be told apart from all of these. */
  readonly complete: boolean;
}

/** Requests tried for one triple, at most. */
export const MAX_CASES_OF_TRIPLE = 2048;

/** An entity, and all that no policy can tell from it. */
interface Kind {
  readonly entity: EntityRecord;
  readonly alike: EntityRef[];
}

/** Groups entities so that those of one group get one verdict, whatever else a request says. */
function kindsOf(world: World, policies: CompiledPolicies, root: "principal" | "resource"): readonly Kind[] {
  const inside = policies.inside();
  const uses = pathUses(policies, policies.ids()).filter(({ path }) => path[0] === root);
  const isWhole = inside.policies.some(({ reads }) => reads[root].whole || reads.everyEntity);
  const texts = inside.policies.map(({ text }) => text).join("\n");
  const kinds = new Map<string, Kind>();
  for (const entity of world.values()) {
    const { uid, attrs, parents } = entity;
    const named = [uid, ...parents].filter(({ id }) => texts.includes(JSON.stringify(id)));
    const read = isWhole
      ? attrs
      : Object.fromEntries(uses.map(({ path }) => [path.join("."), attrs[path[1] ?? ""] ?? null]));
    const key = JSON.stringify([uid.type, named, read]);
    const kind = kinds.get(key) ?? { entity, alike: [] };
    kinds.set(key, kind);
    kind.alike.push(uid);
  }
  return [...kinds.values()];
}

/** People are in no registry: those policies name, and one whom none names. */
function withPeople(world: World, policies: CompiledPolicies): World {
  const named = policies
    .inside()
    .policies.flatMap(({ text }) => [...text.matchAll(/Subject::("(?:[^"\\]|\\.)*")/g)])
    .flatMap(([, quoted = ""]) => (quoted.includes("\\") ? [] : [quoted.slice(1, -1)]));
  const people = ["(a person)", ...named].map((id): EntityRecord => {
    return { uid: { type: "Subject", id }, attrs: {}, parents: [] };
  });
  return new Map([...world, ...people.map((one) => [entityKey(one.uid), one] as const)]);
}

/** Every triple of the schema over a world, one for all that policies cannot tell apart. */
export function triplesOf(policies: CompiledPolicies, registered: World): readonly Triple[] {
  const world = withPeople(registered, policies);
  const principals = kindsOf(world, policies, "principal");
  const resources = kindsOf(world, policies, "resource");
  return [...policies.inside().schema.actions].flatMap(([key, shape]) => {
    const action = splitEntityKey(key);
    const by = principals.filter(({ entity }) => shape.principalTypes.has(entity.uid.type));
    const on = resources.filter(({ entity }) => shape.resourceTypes.has(entity.uid.type));
    return by.flatMap((principal) =>
      on.map((resource) => ({
        principal: principal.entity.uid,
        action,
        resource: resource.entity.uid,
        principals: principal.alike,
        resources: resource.alike,
      })),
    );
  });
}

function varied(domains: readonly Domain[]): readonly Domain[] {
  // ORDER: what stands above a value is set before it.
  return [...domains].sort((a, b) => a.path.length - b.path.length);
}

/** Requests of a triple over all combinations of values that the uses tell apart. */
export function casesOf(
  policies: CompiledPolicies,
  uses: readonly PathUse[],
  triple: Triple,
  world: World,
): Cases {
  const { principal, action, resource } = triple;
  const base = buildRequest({ principal, action: action.id, resource, context: {} }, world);
  const types = { action: entityKey(action), principal: principal.type, resource: resource.type };
  const { schema } = policies.inside();
  // What entities are is known: the registry says it. Only the context varies.
  const context = uses.filter(({ path }) => path[0] === "context");
  const domains = varied(context.flatMap((use) => domainOf(use, schema, types) ?? []));
  let requests: readonly DecisionRequest[] = [base];
  let complete = domains.every((domain) => domain.complete);
  for (const { path, values } of domains) {
    if (values.length === 0) continue;
    const next = requests.flatMap((request) =>
      values.map((value: JsonValue | undefined) => withValueAtPath(request, path, value)),
    );
    if (next.length > MAX_CASES_OF_TRIPLE) complete = false;
    requests = next.length > MAX_CASES_OF_TRIPLE ? next.slice(0, MAX_CASES_OF_TRIPLE) : next;
  }
  return { requests, complete };
}
