/** A JSON object, as far as anybody has looked. */
export type Members = { readonly [name: string]: unknown };

/** Whether a value is an object with members. */
export function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of an opened part, or undefined when the part or the member is not there. */
export function member(opened: unknown, name: string): unknown {
  return isMembers(opened) && Object.hasOwn(opened, name) ? opened[name] : undefined;
}

/** A text member, or undefined. */
export function textMember(opened: unknown, name: string): string | undefined {
  const value = member(opened, name);
  return typeof value === "string" ? value : undefined;
}

/** A list member; empty when it is no list. */
export function listMember(opened: unknown, name: string): readonly unknown[] {
  const value = member(opened, name);
  return Array.isArray(value) ? value : [];
}

function step(value: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return steps.reduce<unknown>((at, name) => member(at, name), value);
}

/**
 * What the inputs of a decision say at a place, whether it stands there as a value of its own or inside another.
 * @param pointer - steps without escapes, such as `/call/name`
 * @see docs/spec/evidence.md E-8
 */
export function inputAt(inputs: unknown, pointer: string): unknown {
  if (!Array.isArray(inputs)) return undefined;
  for (const item of inputs) {
    const path = textMember(item, "path");
    if (path === pointer) return member(item, "value");
    if (path !== undefined && pointer.startsWith(`${path}/`))
      return step(member(item, "value"), pointer.slice(path.length));
  }
  return undefined;
}
