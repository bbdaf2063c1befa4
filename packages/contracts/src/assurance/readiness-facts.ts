import { integer, listOf, literal, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import type { DataClassName } from "../registry/data-classes.ts";
import { DATA_CLASSES } from "../registry/data-classes.ts";
import { RISK_TIERS } from "../registry/parse-agent.ts";
import { TOOL_EFFECTS } from "../registry/parse-server.ts";
import type { RiskTier, ToolEffect } from "../registry/records.ts";
import { type AgentWork, readAgentWork } from "./agent-work.ts";
import { type DrillResult, parseDrillResult } from "./drill-result.ts";
import { type Evaluation, parseEvaluation } from "./evaluation.ts";
import { type GateProfile, parseGateProfile } from "./gate-profile.ts";

/** One operation that an agent may reach, as it is registered now. */
export type GrantedOperation = {
  readonly server: string;
  readonly kind: "tool" | "prompt" | "resource";
  /** Of a resource family its prefix. */
  readonly name: string;
  readonly effect: ToolEffect;
  readonly dataClass: DataClassName;
};

/** A drill's result and the leaf that has it. */
export type CountedDrill = { readonly entry: string; readonly index: number; readonly result: DrillResult };

/**
 * Everything a readiness report is made from: an evaluation that is on record, and what the plane says beside it.
 * @see docs/spec/assurance.md section 7
 */
export type ReadinessFacts = {
  readonly format: "narrowgate-readiness/1";
  /** Base address of the instance, and its environment. */
  readonly instance: string;
  readonly environment: string;
  /** Leaf that has the evaluation. */
  readonly entry: string;
  readonly evaluation: Evaluation;
  readonly profile: GateProfile;
  readonly agent: {
    readonly id: string;
    readonly tier: RiskTier;
    readonly state: string;
    readonly owner: string;
    readonly deputy: string;
    readonly purpose: string;
    /** Unix seconds. */
    readonly expires: number;
  };
  readonly granted: readonly GrantedOperation[];
  readonly work: AgentWork;
  /** Results that count for this release and build. */
  readonly drills: readonly CountedDrill[];
  /** Id of the release in force, where there is one. */
  readonly release?: string;
};

const words = text({ max: 4096 });
const KINDS = ["tool", "prompt", "resource"] as const;

const read: Reader<ReadinessFacts> = shape<ReadinessFacts>({
  format: literal("narrowgate-readiness/1"),
  instance: words,
  environment: words,
  entry: words,
  evaluation: parseEvaluation,
  profile: parseGateProfile,
  agent: shape<ReadinessFacts["agent"]>({
    id: words,
    tier: oneOf(RISK_TIERS),
    state: words,
    owner: words,
    deputy: words,
    purpose: text({ max: 65_536 }),
    expires: integer(),
  }),
  granted: listOf(
    shape<GrantedOperation>({
      server: words,
      kind: oneOf(KINDS),
      name: words,
      effect: oneOf(TOOL_EFFECTS),
      dataClass: oneOf(DATA_CLASSES),
    }),
    { max: 65_536 },
  ),
  work: readAgentWork,
  drills: listOf(
    shape<CountedDrill>({ entry: words, index: integer(), result: (value) => parseDrillResult(value) }),
    { max: 4096 },
  ),
  release: optional(words),
});

/**
 * Reads the facts of a readiness report.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 */
export function parseReadinessFacts(value: unknown): ReadinessFacts {
  return read(value, "");
}
