import { readArray, readObject, readOptional, readString } from "@narrowgate/kernel";
import { type Constraint, meetConstraints, oneOf, range } from "./constraint.ts";
import { refuseMalformed } from "./malformed.ts";
import { isPlain } from "./plain-string.ts";
import { compareScalars, readNumber, readScalar, type Scalar } from "./scalar.ts";

const operators = ["equals", "max", "min", "one_of", "prefix"] as const;
const uriOperators = ["equals", "one_of", "prefix"] as const;

/** Most members of one set in a constraint. */
const maxMembers = 256;
const maxPrefixLength = 1024;

/** A constraint as it was sent may admit nothing; `nothing` is what it is then. */
export type ReadConstraint = Constraint | "nothing";

function readSet(value: unknown, path: string): Constraint | undefined {
  const members = readArray(value, path, readScalar, { min: 1, max: maxMembers });
  refuseDuplicates(members, path);
  return oneOf(members);
}

function refuseDuplicates(members: readonly Scalar[], path: string): void {
  const sorted = members.toSorted(compareScalars);
  if (sorted.some((member, i) => i > 0 && member === sorted[i - 1]))
    refuseMalformed(path, "holds a duplicate");
}

function readPrefix(value: unknown, path: string): Constraint {
  const prefix = readString(value, path, { min: 1, max: maxPrefixLength });
  if (!isPlain(prefix))
    refuseMalformed(path, "must be plain text: no dot segments, escapes or hidden characters");
  return { kind: "prefix", prefix };
}

function readSides(min: unknown, max: unknown, path: string): Constraint | undefined {
  return range(
    readOptional(min, (value) => readNumber(value, `${path}/min`)) ?? Number.NEGATIVE_INFINITY,
    readOptional(max, (value) => readNumber(value, `${path}/max`)) ?? Number.POSITIVE_INFINITY,
  );
}

/**
 * Reads one constraint into normal form.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_authority` or `malformed_input`
 * @see docs/spec/authority.md section 2, and section 3 rule 1
 */
export function readConstraint(value: unknown, path: string): ReadConstraint {
  const sent = readObject(value, path, operators);
  const parts: (Constraint | undefined)[] = [];
  if (sent.equals !== undefined) parts.push(oneOf([readScalar(sent.equals, `${path}/equals`)]));
  if (sent.one_of !== undefined) parts.push(readSet(sent.one_of, `${path}/one_of`));
  if (sent.prefix !== undefined) parts.push(readPrefix(sent.prefix, `${path}/prefix`));
  if (sent.max !== undefined || sent.min !== undefined) parts.push(readSides(sent.min, sent.max, path));
  const [first, ...others] = parts;
  if (parts.length === 0) refuseMalformed(path, "must have at least one operator");
  let result = first;
  for (const part of others) {
    result = result === undefined || part === undefined ? undefined : meetConstraints(result, part);
  }
  return result ?? "nothing";
}

/**
 * Reads a constraint on a URI: the operators that can hold on a string, with strings for values.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_authority` or `malformed_input`
 * @see docs/spec/authority.md section 1
 */
export function readUriConstraint(value: unknown, path: string): ReadConstraint {
  const sent = readObject(value, path, uriOperators);
  if (sent.equals !== undefined) readString(sent.equals, `${path}/equals`);
  if (sent.one_of !== undefined) readArray(sent.one_of, `${path}/one_of`, (item, at) => readString(item, at));
  return readConstraint(value, path);
}
