import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { ToolEffect } from "../registry/records.ts";
import { classRank, type Label } from "./label.ts";

/** What a decision knows of a mandate's intent; nothing declared is `""`, `false`, `[]`, `[]`. */
export type KnownIntent = {
  readonly case: string;
  readonly declared: boolean;
  readonly resources: readonly string[];
  readonly tools: readonly string[];
};

/** Where something is called. */
export interface CalledOperation {
  readonly kind: "tool" | "resource" | "prompt";
  readonly server: string;
  readonly name: string;
}

/**
 * Whether the task does not need this operation: its mandate names others of the kind, and not this one.
 * @see docs/spec/evidence.md E-33
 */
export function isOutsideIntent(
  { tools, resources }: Pick<KnownIntent, "tools" | "resources">,
  { kind, server, name }: CalledOperation,
): boolean {
  if (kind === "tool") return tools.length > 0 && !tools.includes(`${server}/${name}`);
  if (kind === "resource")
    return resources.length > 0 && !resources.some((prefix) => name.startsWith(prefix));
  return false;
}

/**
 * Whether a call would write above the class of a store.
 * @param carried - the join of transaction and instance
 * @see docs/spec/evidence.md E-29
 */
export function exceedsStore(carried: Label, effect: ToolEffect, store: Label | undefined): boolean {
  return effect !== "read" && store !== undefined && classRank(carried.class) > classRank(store.class);
}

/** Signatures an irreversible effect by an agent of tier T3 needs at least. */
export const T3_REQUIRES: readonly string[] = ["approver#1"];

/**
 * Whether the posture of a tier forbids an effect whatever policy says: T1 only reads.
 * @see docs/spec/evidence.md E-34
 */
export function exceedsTier(tier: string, effect: ToolEffect): boolean {
  return tier === "T1" && effect !== "read";
}

/**
 * Whether the posture of a tier asks for a person, beside what policy asks for: an irreversible effect of T3 that nobody
 * approved.
 * @see docs/spec/evidence.md E-34
 */
export function needsPerson(tier: string, effect: ToolEffect, approvals: readonly unknown[]): boolean {
  return tier === "T3" && effect === "irreversible" && approvals.length === 0;
}

/** A label as policies read it. */
export function labelInContext({ class: dataClass, untrusted }: Label): JsonObject {
  return { data_class: dataClass, rank: classRank(dataClass), untrusted };
}

function memberAt(value: JsonValue | undefined, step: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
  if (Array.isArray(value)) return /^(?:0|[1-9][0-9]{0,8})$/.test(step) ? value[Number(step)] : undefined;
  return new Map(Object.entries(value)).get(step);
}

/** The value at a JSON Pointer; undefined where there is none. */
export function valueAt(value: JsonValue, pointer: string): JsonValue | undefined {
  const steps = pointer.split("/").slice(1);
  return steps
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<JsonValue | undefined>(memberAt, value);
}

/**
 * What a call moves, in minor units: 0 where the operation moves nothing, undefined where the arguments do not say it as a
 * whole number from 0 to 2^53 − 1.
 * @see docs/spec/evidence.md E-30
 */
export function amountOf(pointer: string | undefined, args: JsonObject): number | undefined {
  if (pointer === undefined) return 0;
  const amount = valueAt(args, pointer);
  return typeof amount === "number" && Number.isSafeInteger(amount) && amount >= 0 ? amount : undefined;
}
