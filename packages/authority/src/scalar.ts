import { refuseMalformed } from "./malformed.ts";

/** A value a constraint can name exactly. */
export type Scalar = string | number | boolean | null;

/** Longest string a constraint may hold, in UTF-16 code units. */
export const maxScalarLength = 1024;

const typeOrder = { null: 0, boolean: 1, number: 2, string: 3 } as const;

function rank(value: Scalar): number {
  if (value === null) return typeOrder.null;
  if (typeof value === "boolean") return typeOrder.boolean;
  return typeof value === "number" ? typeOrder.number : typeOrder.string;
}

/**
 * Orders scalars by JSON type, then by value; strings by UTF-16 code units.
 * @returns negative, zero or positive; zero only for the same JSON value
 * @see docs/spec/authority.md section 3, rule 4
 */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (a === b) return 0;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : 1;
  const byType = rank(a) - rank(b);
  if (byType !== 0) return byType;
  if (a === null || b === null) return 0;
  return a < b ? -1 : 1;
}

/**
 * Reads a number that every JSON implementation reads alike; minus zero becomes zero.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_authority`
 * @see docs/spec/authority.md A-3
 */
export function readNumber(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return refuseMalformed(path, "must be a number");
  // Every double from 2^53 on is an integer, so this also bounds what has a fraction.
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) refuseMalformed(path, "is beyond 2^53 - 1");
  return value + 0;
}

/**
 * Reads a scalar.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_authority`
 * @see docs/spec/authority.md section 2
 */
export function readScalar(value: unknown, path: string): Scalar {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return readNumber(value, path);
  if (typeof value !== "string") return refuseMalformed(path, "must be a string, number, boolean or null");
  if (value.length > maxScalarLength)
    refuseMalformed(path, `must have at most ${maxScalarLength} characters`);
  if (!value.isWellFormed()) refuseMalformed(path, "holds a lone surrogate");
  return value;
}
