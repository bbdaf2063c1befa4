import type { JsonValue } from "@narrowgate/kernel";
import type { DecisionRequest, EntityRecord, EntityRef } from "./decision.ts";

type Operation = Omit<DecisionRequest, "context">;

interface Known<T> {
  readonly operation: Operation;
  readonly made: T;
}

function isSame(a: EntityRef, b: EntityRef): boolean {
  return a.id === b.id && a.type === b.type;
}

function freeze(value: JsonValue): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}

function freezeEntity(entity: EntityRecord): void {
  const { uid, attrs, parents } = entity;
  for (const part of [entity, uid, parents, ...parents]) Object.freeze(part);
  freeze(attrs);
}

/**
 * Remembers what was made of an operation, by the very list of entities it came with: callers that ask again and again
 * keep theirs.
 * INVARIANT: a list that is known cannot change any more, and principal, action and resource are compared each time.
 */
export class KnownOperations<T> {
  readonly #known: WeakMap<readonly EntityRecord[], Known<T>> = new WeakMap();

  /** @param make - called for an operation that is not known; what it throws is not remembered */
  find({ principal, action, resource, entities }: Operation, make: () => T): T {
    const known = this.#known.get(entities);
    const isKnown =
      known !== undefined &&
      isSame(known.operation.principal, principal) &&
      isSame(known.operation.action, action) &&
      isSame(known.operation.resource, resource);
    if (isKnown) return known.made;
    const made = make();
    Object.freeze(entities);
    for (const entity of entities) freezeEntity(entity);
    const copied = { principal: { ...principal }, action: { ...action }, resource: { ...resource } };
    this.#known.set(entities, { operation: { ...copied, entities }, made });
    return made;
  }
}
