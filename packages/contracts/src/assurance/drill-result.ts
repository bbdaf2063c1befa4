import type { JsonObject } from "@narrowgate/kernel";
import { digest, integer, jsonObject, listOf, literal, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import { drillId, LOAD_LEVELS, type LoadLevel } from "./gate-profile.ts";

/** How a drill ended; one that could not run is `not_established`, never a pass. */
export const DRILL_VERDICTS = ["pass", "fail", "not_established"] as const;

/** What one attack or fault did to the real stack. @see docs/spec/assurance.md section 3 */
export type DrillResult = {
  readonly format: "narrowgate-drill/1";
  readonly drill: string;
  /** Digest of the scenario: what is tried, in which way, expecting what. */
  readonly scenario: string;
  /** Digest of the build that was drilled. */
  readonly build: string;
  /** Release digest of the agent that was drilled; absent where the drill is about the plane alone. */
  readonly release?: string;
  readonly agent?: string;
  readonly load: LoadLevel;
  /** Governed calls a second that ran beside it, as measured. */
  readonly calls_per_s: number;
  readonly seed: number;
  readonly expected: string;
  /** Independent trials. */
  readonly trials: number;
  readonly failures: number;
  /** What zero failures support at 95 %: about 3/n. Printed, never *0 %*. */
  readonly bound: number;
  readonly verdict: (typeof DRILL_VERDICTS)[number];
  /** Exactly with `not_established`. */
  readonly unmet?: string;
  /** What was seen, the first ones. */
  readonly observed: readonly string[];
  /** Figures of this drill: percentiles in milliseconds and the like. */
  readonly figures: JsonObject;
  /** Parts that were simulated, a sentence each; empty when all was real. */
  readonly simulated: readonly string[];
  /** Unix milliseconds. */
  readonly started: number;
  readonly ended: number;
  /** The sandbox's log, and the part of it that this drill wrote: head under which all of it stands. */
  readonly evidence: { readonly origin: string; readonly from: number; readonly checkpoint: string };
};

const words = text({ min: 1, max: 2048 });

const read: Reader<DrillResult> = shape<DrillResult>({
  format: literal("narrowgate-drill/1"),
  drill: drillId,
  scenario: digest,
  build: digest,
  release: optional(digest),
  agent: optional(words),
  load: oneOf(LOAD_LEVELS),
  calls_per_s: (value, path) => (typeof value === "number" && value >= 0 ? value : integer()(value, path)),
  seed: integer(),
  expected: words,
  trials: integer(),
  failures: integer(),
  bound: (value, path) => (typeof value === "number" && value >= 0 ? value : integer()(value, path)),
  verdict: oneOf(DRILL_VERDICTS),
  unmet: optional(words),
  observed: listOf(words, { max: 32 }),
  figures: jsonObject,
  simulated: listOf(words, { max: 16 }),
  started: integer(),
  ended: integer(),
  evidence: shape<DrillResult["evidence"]>({
    origin: words,
    from: integer(),
    checkpoint: text({ min: 1, max: 65_536 }),
  }),
});

/**
 * Reads a drill result.
 * Trust: `value` is attacker-controlled; that it is signed is checked elsewhere.
 * @throws NarrowgateError `malformed_input`
 */
export function parseDrillResult(value: unknown): DrillResult {
  return read(value, "");
}
