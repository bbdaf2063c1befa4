import { readEnum, readInteger, readObject, readOptional } from "@narrowgate/kernel";
import { type AuthorizationDetail, maxConstraints, maxDepth } from "./authority.ts";
import { comparators, detailTypes, readName } from "./comparators.ts";
import type { Constraint } from "./constraint.ts";
import { dataClasses, highestDataClass } from "./data-class.ts";
import { refuseMalformed } from "./malformed.ts";
import { checkPointer, pointerStep, pointersNest } from "./pointer.ts";
import { readConstraint } from "./read-constraint.ts";
import { compareText } from "./sorted-set.ts";

const limitMembers = ["data_class", "caps", "depth", "expires"] as const;
const capName = /^(?:calls|rows|bytes|amount:[A-Z]{3})$/;

/** The own members of a map whose names the sender chooses, sorted; none when it is absent, which null is not. */
function readEntries(value: unknown, path: string): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuseMalformed(path, "must be an object");
  }
  return Object.entries(value).sort(([a], [b]) => compareText(a, b));
}

/** @returns undefined when some constraint admits nothing, or two of them contradict each other */
function readConstraints(value: unknown, path: string): ReadonlyMap<string, Constraint> | undefined {
  const entries = readEntries(value, path);
  if (entries.length > maxConstraints)
    refuseMalformed(path, `must have at most ${maxConstraints} constraints`);
  const constraints = new Map<string, Constraint>();
  for (const [pointer, sent] of entries) {
    checkPointer(pointer, path);
    const constraint = readConstraint(sent, path + pointerStep(pointer));
    if (constraint !== "nothing") constraints.set(pointer, constraint);
  }
  const lost = constraints.size < entries.length;
  return lost || pointersNest([...constraints.keys()]) ? undefined : constraints;
}

function readCaps(value: unknown, path: string): ReadonlyMap<string, number> {
  const caps = new Map<string, number>();
  for (const [name, limit] of readEntries(value, path)) {
    if (!capName.test(name)) refuseMalformed(path, "holds an unknown cap");
    caps.set(name, readInteger(limit, path + pointerStep(name)) + 0);
  }
  return caps;
}

function readType(value: unknown, path: string): AuthorizationDetail["type"] {
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, "type");
  return readEnum(isObject ? Reflect.get(value, "type") : undefined, `${path}/type`, detailTypes);
}

/**
 * Reads one detail, with defaults written out.
 * Trust: `value` is attacker-controlled.
 * @returns undefined for a detail that is well formed and empty: nothing fits it
 * @throws NarrowgateError `malformed_authority` or `malformed_input`
 * @see docs/spec/authority.md section 1, and section 3 rule 2
 */
export function readDetail(value: unknown, path: string): AuthorizationDetail | undefined {
  const type = readType(value, path);
  const { member, read, hasArguments } = comparators[type];
  const argumentMembers = hasArguments ? (["constraints"] as const) : [];
  const sent = readObject(value, path, ["type", "server", member, ...argumentMembers, ...limitMembers]);
  const server = readName(sent.server, `${path}/server`);
  const operation = read(sent[member], `${path}/${member}`);
  const constraints = readConstraints(sent.constraints, `${path}/constraints`);
  const limits = {
    dataClass: readOptional(sent.data_class, (v) => readEnum(v, `${path}/data_class`, dataClasses)),
    caps: readCaps(sent.caps, `${path}/caps`),
    depth: readOptional(sent.depth, (v) => readInteger(v, `${path}/depth`, { max: maxDepth }) + 0),
    expires: readOptional(sent.expires, (v) => readInteger(v, `${path}/expires`) + 0),
  };
  if (operation === "nothing" || constraints === undefined) return undefined;
  return {
    type,
    server,
    operation,
    constraints,
    dataClass: limits.dataClass ?? highestDataClass,
    caps: limits.caps,
    depth: limits.depth ?? maxDepth,
    expires: limits.expires ?? Number.POSITIVE_INFINITY,
  };
}
