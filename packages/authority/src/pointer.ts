import { refuseMalformed } from "./malformed.ts";

const wellFormed = /^(?:\/(?:[^~/]|~[01])*)+$/;
const minLength = 2;
const maxLength = 256;

/** Writes a member name as one step of a JSON Pointer. */
export function pointerStep(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/**
 * The member names a well-formed pointer steps through.
 * @see RFC 6901 section 4
 */
export function pointerSteps(pointer: string): readonly string[] {
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/**
 * Refuses a text that is not a pointer to one place inside the arguments.
 * Trust: `pointer` is attacker-controlled; `path` says where it stands.
 * @throws NarrowgateError `malformed_authority`
 * @see docs/spec/authority.md A-5
 */
export function checkPointer(pointer: string, path: string): void {
  if (pointer.length < minLength || pointer.length > maxLength) {
    refuseMalformed(path, `each pointer must have ${minLength} to ${maxLength} characters`);
  }
  if (!pointer.isWellFormed() || !wellFormed.test(pointer))
    refuseMalformed(path, "holds a malformed pointer");
  if (pointerSteps(pointer).includes("-")) refuseMalformed(path, "holds a pointer past the end of an array");
}

const arrayIndex = /^(?:0|[1-9][0-9]*)$/;

/**
 * The value a pointer names, or undefined when there is none.
 * Trust: `value` is attacker-controlled JSON; only own members count.
 * @see RFC 6901 section 4
 */
export function valueAt(value: unknown, steps: readonly string[]): unknown {
  let current = value;
  for (const step of steps) {
    if (typeof current !== "object" || current === null) return undefined;
    if (Array.isArray(current) && !arrayIndex.test(step)) return undefined;
    if (!Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

/** Tells whether a place named by one of the sorted pointers lies inside a place named by another. */
export function pointersNest(pointers: readonly string[]): boolean {
  const all = new Set(pointers);
  return pointers.some((pointer) => {
    for (let end = pointer.lastIndexOf("/"); end > 0; end = pointer.lastIndexOf("/", end - 1)) {
      if (all.has(pointer.slice(0, end))) return true;
    }
    return false;
  });
}
