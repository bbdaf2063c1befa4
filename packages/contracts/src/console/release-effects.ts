import { flag, integer, listOf, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** What became of a call that left for its server. */
export const EFFECT_OUTCOMES = [
  "ok",
  "tool_error",
  "upstream_error",
  "timeout",
  "cancelled",
  "unknown",
  "pending",
] as const;

/** A call under a release that changed something where it went. */
export type ReleaseEffect = {
  /** Leaf id of its dispatch. */
  readonly entry: string;
  readonly txn: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly server: string;
  /** `tool refund`. */
  readonly operation: string;
  readonly effect: "reversible" | "irreversible";
  /** Whether it sent data out. */
  readonly egress: boolean;
  /** `unknown` after a crash; `pending` while nobody knows yet. */
  readonly outcome: (typeof EFFECT_OUTCOMES)[number];
  readonly agent: string;
  /** What its mandate is for; absent where that was erased. */
  readonly purpose?: string;
};

/** The calls that somebody may have to make good when a release is taken out of force. */
export type ReleaseEffects = {
  readonly agent: string;
  /** Digest that their tokens name. */
  readonly deployment: string;
  /** How many there are in all, or at least so many where `is_more`. */
  readonly total: number;
  readonly is_more: boolean;
  /** The newest 1,000, newest first. */
  readonly calls: readonly ReleaseEffect[];
};

const plain = text({ max: 65_536 });

/** Reads them. @throws NarrowgateError `malformed_input` */
export const readReleaseEffects: Reader<ReleaseEffects> = shape<ReleaseEffects>({
  agent: plain,
  deployment: plain,
  total: integer(),
  is_more: flag,
  calls: listOf(
    shape<ReleaseEffect>({
      entry: plain,
      txn: plain,
      at: integer(),
      server: plain,
      operation: plain,
      effect: oneOf(["reversible", "irreversible"]),
      egress: flag,
      outcome: oneOf(EFFECT_OUTCOMES),
      agent: plain,
      purpose: optional(plain),
    }),
    { max: 1000 },
  ),
});
