import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { parseInputsOpening } from "../evidence/openings.ts";
import { flag, integer, jsonObject, listOf, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** Who did something, as far as this instance still knows a name. */
export type NamedOperator = { readonly ref: string; readonly name?: string };

/** One version of the policies, as a line of the list. */
export type PolicyVersionLine = {
  /** One-based, in the order in which they came into force. */
  readonly version: number;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly digest: string;
  /** Digest of the decision procedure it came into force under. */
  readonly procedure: string;
  /** Who put it in force; absent where the gate did so itself. */
  readonly approver?: NamedOperator;
  /** Who proposed it, where that was another. */
  readonly author?: NamedOperator;
};

/** The newest versions, newest first. */
export type PolicyVersions = {
  /** Whether author and approver must be two operators here. */
  readonly needsTwo: boolean;
  /** How many there are, listed or not. */
  readonly total: number;
  readonly versions: readonly PolicyVersionLine[];
};

/** Policies with the schema they are compiled under. */
export type PolicyFiles = {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly schema: string;
};

/** One version with its files; they are absent where they were erased. */
export type PolicyVersion = PolicyVersionLine & { readonly bundle?: PolicyFiles };

/** What was, or would be, decided. */
export type DecidedOutcome = {
  readonly verdict: "permit" | "refuse";
  readonly code?: string;
  readonly policies: readonly string[];
  readonly requires: readonly string[];
};

/** A decision that would have been another. */
export type ChangedDecision = {
  readonly txn: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly before: DecidedOutcome;
  readonly after: DecidedOutcome | { readonly failed: string };
};

/** What a candidate said of decisions so far. */
export type CandidateCounts = {
  readonly judged: number;
  readonly same: number;
  readonly changed: number;
  readonly beforePolicy: number;
  readonly distinct: number;
};

/** The candidate beside the policies in force. */
export type ShadowReport =
  | { readonly state: "off" }
  | {
      readonly state: "on";
      readonly digest: string;
      /** Unix milliseconds. */
      readonly sinceMs: number;
      readonly counts: CandidateCounts;
      readonly dropped: number;
      readonly waiting: number;
      /** Newest last. */
      readonly samples: readonly ChangedDecision[];
    };

/** An operation as policies see it. */
export type OperationFacts = {
  readonly name: string;
  readonly dataClass: "public" | "internal" | "confidential" | "restricted";
  readonly effect: "read" | "write" | "irreversible";
  readonly egress: boolean;
};

/** What tests and analysis of policies look at beside the policies: who is registered, and what there is to call. */
export type PolicySurroundings = {
  /** How many agents are registered, listed or not. */
  readonly agentsInAll: number;
  /** The first by id. */
  readonly agents: readonly {
    readonly id: string;
    readonly owner: string;
    readonly purpose: string;
    readonly tier: "T1" | "T2" | "T3";
    readonly ceiling: JsonObject;
  }[];
  readonly servers: readonly {
    readonly id: string;
    readonly tools: readonly OperationFacts[];
    readonly prompts: readonly OperationFacts[];
    readonly resources: readonly OperationFacts[];
  }[];
};

/** A recorded decision with all that it was made on. */
export type DecisionRow = {
  readonly id: string;
  readonly txn: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly verdict: "permit" | "refuse";
  readonly code?: string;
  readonly policies: readonly string[];
  readonly requires: readonly string[];
  readonly inputs: readonly { readonly path: string; readonly value: JsonValue }[];
};

/** A stretch of recorded decisions, in log order. */
export type DecisionRows = {
  readonly decisions: readonly DecisionRow[];
  /** Decisions whose inputs are not all there any more. */
  readonly undisclosed: number;
  /** Where the next stretch begins; absent at the end. */
  readonly next?: number;
};

/** Texts of overlays, those in force and those that were over lately, by the ids by which decisions name them. */
export type OverlayTexts = {
  readonly overlays: readonly { readonly id: string; readonly text: string }[];
};

const plain = text({ max: 65_536 });
const plainTexts = listOf(plain, { max: 65_536 });
const operator = shape<NamedOperator>({ ref: plain, name: optional(plain) });
const verdict = oneOf(["permit", "refuse"] as const);

const lineMembers = {
  version: integer({ min: 1 }),
  atMs: integer(),
  digest: plain,
  procedure: plain,
  approver: optional(operator),
  author: optional(operator),
};

const line = shape<PolicyVersionLine>(lineMembers);
const file = shape<PolicyFiles["files"][number]>({ name: plain, text: text({ max: 4_194_304 }) });
/** Reads the files of a bundle. */
export const readPolicyFiles: Reader<PolicyFiles> = shape<PolicyFiles>({
  files: listOf(file, { max: 4096 }),
  schema: text({ max: 4_194_304 }),
});

/** @throws NarrowgateError `malformed_input`, as all readers of this file */
export const readPolicyVersions: Reader<PolicyVersions> = shape<PolicyVersions>({
  needsTwo: flag,
  total: integer(),
  versions: listOf(line, { max: 4096 }),
});

/** Reads one version. */
export const readPolicyVersion: Reader<PolicyVersion> = shape<PolicyVersion>({
  ...lineMembers,
  bundle: optional(readPolicyFiles),
});

const outcome = shape<DecidedOutcome>({
  verdict,
  code: optional(plain),
  policies: plainTexts,
  requires: plainTexts,
});
const failed = shape<{ readonly failed: string }>({ failed: plain });
const after: Reader<ChangedDecision["after"]> = (value, path) =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "failed")
    ? failed(value, path)
    : outcome(value, path);
const changed = shape<ChangedDecision>({ txn: plain, atMs: integer(), before: outcome, after });
const counts = shape<CandidateCounts>({
  judged: integer(),
  same: integer(),
  changed: integer(),
  beforePolicy: integer(),
  distinct: integer(),
});
const shadowOff = shape<Extract<ShadowReport, { state: "off" }>>({ state: oneOf(["off"]) });
const shadowOn = shape<Extract<ShadowReport, { state: "on" }>>({
  state: oneOf(["on"]),
  digest: plain,
  sinceMs: integer(),
  counts,
  dropped: integer(),
  waiting: integer(),
  samples: listOf(changed, { max: 4096 }),
});

/** Reads what the shadow said so far. */
export const readShadowReport: Reader<ShadowReport> = (value, path) =>
  Reflect.get(Object(value), "state") === "on" ? shadowOn(value, path) : shadowOff(value, path);

const operation = shape<OperationFacts>({
  name: plain,
  dataClass: oneOf(["public", "internal", "confidential", "restricted"]),
  effect: oneOf(["read", "write", "irreversible"]),
  egress: flag,
});
const operations = listOf(operation, { max: 65_536 });

/** Reads who is registered, and what there is to call. */
export const readPolicySurroundings: Reader<PolicySurroundings> = shape<PolicySurroundings>({
  agentsInAll: integer(),
  agents: listOf(
    shape<PolicySurroundings["agents"][number]>({
      id: plain,
      owner: plain,
      purpose: plain,
      tier: oneOf(["T1", "T2", "T3"]),
      ceiling: jsonObject,
    }),
    { max: 65_536 },
  ),
  servers: listOf(
    shape<PolicySurroundings["servers"][number]>({
      id: plain,
      tools: operations,
      prompts: operations,
      resources: operations,
    }),
    { max: 65_536 },
  ),
});

const inputs: Reader<DecisionRow["inputs"]> = (value, path) =>
  parseInputsOpening(value, path).flatMap((input) => ("commitment" in input ? [] : [input]));

/** Reads recorded decisions. */
export const readDecisionRows: Reader<DecisionRows> = shape<DecisionRows>({
  decisions: listOf(
    shape<DecisionRow>({
      id: plain,
      txn: plain,
      atMs: integer(),
      verdict,
      code: optional(plain),
      policies: plainTexts,
      requires: plainTexts,
      inputs,
    }),
    { max: 65_536 },
  ),
  undisclosed: integer(),
  next: optional(integer()),
});

/** Reads texts of overlays. */
export const readOverlayTexts: Reader<OverlayTexts> = shape<OverlayTexts>({
  overlays: listOf(shape<OverlayTexts["overlays"][number]>({ id: plain, text: plain }), { max: 4096 }),
});
