import type { EvidenceRef, LeafType, Violation } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { Known } from "./known.ts";
import type { Seen, Want } from "./seen.ts";
import type { World } from "./world.ts";

/** What a control found, before age, drills, waivers and profile are looked at. */
export type Finding = {
  /** How many things were looked at; zero is never a pass. */
  readonly population: number;
  /** How many of them could be decided from what is on record. */
  readonly decided: number;
  /** Of those that could not: how many, since a part that had to be opened is not there. */
  readonly gone?: number;
  readonly violations: readonly Violation[];
  readonly violationsInAll: number;
  readonly evidence: readonly EvidenceRef[];
  /** What is missing, in words, however much was found. */
  readonly unmet?: string;
  /** The predicate that holds, where there is nothing to govern. A counter-example still fails. */
  readonly predicate?: string;
  /** Limits and figures to be printed with the result. */
  readonly parameters?: JsonObject;
  /** Leaf ids of drill results it rests on. */
  readonly drills?: readonly string[];
  /** Set where the youngest thing it rests on is older than the control allows: what that is. */
  readonly stale?: string;
};

/**
 * One control: a fold over the leaves it reads, and a verdict.
 * @see docs/spec/assurance.md section 2
 */
export interface Control {
  /** Row of the catalogue. */
  readonly id: string;
  readonly reads: readonly LeafType[];
  /** What its population is of, in words. */
  readonly of: string;
  /** Who could have forged or suppressed what is looked at, a sentence each. */
  readonly vantage: readonly string[];
  /** Why it cannot pass in this version: what does not exist. */
  readonly absent?: string;
  /** Least share of its population that must be decidable; 1 where absent. */
  readonly floor?: number;
  /** Defaults of its limits; times in seconds where a name ends in `_s`, in milliseconds in `_ms`. */
  readonly limits?: { readonly [name: string]: JsonValue };
  /** Parts that must be opened before `step` for this leaf. */
  wants?(seen: Omit<Seen, "open">, limits: Limits): readonly Want[];
  /** Plain data, so that it can be kept as JSON. */
  init(): object;
  step(state: object, seen: Seen, limits: Limits): void;
  verdict(state: object, around: Around): Finding;
}

/** What a verdict is given at an instant. */
export type Around = { readonly world: World; readonly known: Known; readonly limits: Limits };

/** Limits in force for a control, by name. */
export type Limits = { readonly [name: string]: JsonValue };

/** A limit that is a number. */
export function numberLimit(limits: Limits, name: string): number {
  const value = limits[name];
  return typeof value === "number" ? value : Number.POSITIVE_INFINITY;
}
