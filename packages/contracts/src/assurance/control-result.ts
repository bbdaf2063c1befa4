import type { JsonObject } from "@narrowgate/kernel";
import { id16, integer, jsonObject, listOf, oneOf, sortedSetOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import { MAX_DEMANDED_DRILLS } from "./gate-profile.ts";

/**
 * What a control says. `not_established`: evidence cannot decide, and the unmet obligation is named. `error`: the check
 * itself broke. `stale`: decided, too long ago. `not_applicable`: a machine-checked predicate says there is nothing to govern.
 */
export const VERDICTS = ["pass", "fail", "not_established", "error", "stale", "not_applicable"] as const;

/** One of {@link VERDICTS}. */
export type ControlVerdict = (typeof VERDICTS)[number];

/** A counter-example. */
export type Violation = {
  /** Leaf id, where a leaf shows it. */
  readonly entry?: string;
  readonly says: string;
};

/** A leaf a result rests on. */
export type EvidenceRef = { readonly entry: string; readonly index: number };

/** What one control found. @see docs/spec/assurance.md section 2 */
export type ControlResult = {
  readonly control: string;
  readonly verdict: ControlVerdict;
  /** How many things were looked at, and what they are. Zero is never a pass. */
  readonly population: { readonly count: number; readonly of: string };
  /** How many of them could be decided from what is on record. */
  readonly decided: number;
  /** Unix milliseconds. */
  readonly window: { readonly from: number; readonly to: number };
  /** How old a result may be, in seconds. */
  readonly max_age_s: number;
  /** Who could have forged or suppressed what was looked at, a sentence each. */
  readonly vantage: readonly string[];
  /** The first ones; `violations_in_all` counts them. */
  readonly violations: readonly Violation[];
  readonly violations_in_all: number;
  /** A sample of the leaves it rests on, newest last. */
  readonly evidence: readonly EvidenceRef[];
  /** Exactly with `not_established`, `stale` and `error`: what is missing. */
  readonly unmet?: string;
  /** Exactly with `not_applicable`: the predicate that holds. */
  readonly predicate?: string;
  /** Leaf ids of the drill results that count: no more than a profile may demand. */
  readonly drills: readonly string[];
  /** The limits it was held to. */
  readonly parameters: JsonObject;
};

/** Most violations and references that a result names. */
export const MAX_NAMED = 32;

const words = text({ min: 1, max: 2048 });

/** Reads a result. Trust: the value is attacker-controlled. */
export const readControlResult: Reader<ControlResult> = shape<ControlResult>({
  control: text({ min: 6, max: 6, pattern: /^[A-Z]{3}-[0-9]{2}$/ }),
  verdict: oneOf(VERDICTS),
  population: shape<ControlResult["population"]>({ count: integer(), of: words }),
  decided: integer(),
  window: shape<ControlResult["window"]>({ from: integer(), to: integer() }),
  max_age_s: integer(),
  vantage: listOf(words, { max: 16 }),
  violations: listOf(shape<Violation>({ entry: optional(id16), says: words }), { max: MAX_NAMED }),
  violations_in_all: integer(),
  evidence: listOf(shape<EvidenceRef>({ entry: id16, index: integer() }), { max: MAX_NAMED }),
  unmet: optional(words),
  predicate: optional(words),
  drills: sortedSetOf(id16, { max: MAX_DEMANDED_DRILLS }),
  parameters: jsonObject,
});
