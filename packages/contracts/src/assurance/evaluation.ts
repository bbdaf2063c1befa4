import { canonicalJson, type Sha256, type Sha256Text, toSha256Text, utf8 } from "@narrowgate/kernel";
import { digest, integer, listOf, literal, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import { type ControlResult, readControlResult } from "./control-result.ts";
import { parseWaiver, type Waiver } from "./waiver.ts";

/** All controls, once, for one agent. @see docs/spec/assurance.md section 2 */
export type Evaluation = {
  readonly format: "narrowgate-evaluation/1";
  readonly agent: string;
  /** Release digest as it was computed at that time. */
  readonly release: string;
  /** Digest of the catalogue, and of the code that evaluates it. */
  readonly catalogue: string;
  readonly evaluator: string;
  /** Digest of the gate profile it was held to. */
  readonly profile: string;
  /** The log it speaks of: everything before `size`. */
  readonly log: { readonly origin: string; readonly size: number; readonly root: string };
  /** Unix milliseconds. */
  readonly at: number;
  readonly results: readonly ControlResult[];
  readonly waivers: readonly Waiver[];
  /** Whether nothing that blocks under the profile is left. */
  readonly verdict: "ready" | "not_ready";
  /** Controls that block, sorted as in `results`. */
  readonly blocking: readonly string[];
  /** Why there is no verdict, where something outside the controls is missing. */
  readonly note?: string;
};

const read: Reader<Evaluation> = shape<Evaluation>({
  format: literal("narrowgate-evaluation/1"),
  agent: text({ min: 1, max: 1024 }),
  release: digest,
  catalogue: digest,
  evaluator: digest,
  profile: digest,
  log: shape<Evaluation["log"]>({ origin: text({ min: 1, max: 1024 }), size: integer(), root: digest }),
  at: integer(),
  results: listOf(readControlResult, { max: 1024 }),
  waivers: listOf<Waiver>(parseWaiver, { max: 1024 }),
  verdict: oneOf(["ready", "not_ready"]),
  blocking: listOf(text({ min: 6, max: 6 }), { max: 1024 }),
  note: optional(text({ min: 1, max: 2048 })),
});

/**
 * Reads an evaluation.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 */
export function parseEvaluation(value: unknown): Evaluation {
  return read(value, "");
}

/** Digest of an evaluation, as a release statement names it (C-2). */
export function evaluationDigest(sha256: Sha256, evaluation: Evaluation): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/evaluation/v1\n${canonicalJson(evaluation)}`)));
}
