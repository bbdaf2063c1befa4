import type { JsonObject } from "@narrowgate/kernel";
import { type DrillResult, parseDrillResult } from "../assurance/drill-result.ts";
import { type Evaluation, parseEvaluation } from "../assurance/evaluation.ts";
import { parseReadinessFacts, type ReadinessFacts } from "../assurance/readiness-facts.ts";
import { parseWaiver, type Waiver } from "../assurance/waiver.ts";
import { flag, integer, jsonObject, listOf, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** The newest evaluation of an agent in a line. */
export type ReadinessLine = {
  readonly agent: string;
  readonly tier: string;
  /** Absent: it was never evaluated, or the evaluation was erased. */
  readonly newest?: {
    /** Leaf id. */
    readonly entry: string;
    /** Unix milliseconds. */
    readonly atMs: number;
    readonly verdict: "ready" | "not_ready";
    readonly blocking: number;
    /** Results by verdict, only those that are there. */
    readonly counts: readonly { readonly verdict: string; readonly count: number }[];
  };
};

/** Agents by id, with how ready each is. */
export type ReadinessList = {
  readonly agents: readonly ReadinessLine[];
  /** Value of `after` for what follows; absent at the end. */
  readonly next?: string;
};

/** A waiver, and what became of it. */
export type WaiverLine = {
  readonly waiver: Waiver;
  /** Ref of the operator who asked. */
  readonly asked: string;
  readonly state: "asked" | "agreed" | "ended";
};

/** A drill's result and the leaf that has it. */
export type DrillLine = { readonly entry: string; readonly index: number; readonly result: DrillResult };

/** The newest evaluation of an agent, whole. */
export type ReadinessSheet = {
  readonly agent: string;
  readonly tier: string;
  /** The profile that a release is held to here. */
  readonly profile: { readonly name: string; readonly version: number; readonly controls: readonly string[] };
  readonly newest?: {
    readonly entry: string;
    readonly index: number;
    /** Whether it was made by the catalogue that is in use. */
    readonly isOfThisCatalogue: boolean;
    readonly evaluation: Evaluation;
    /** What a report is made from, where this evaluation was made since the server began. */
    readonly facts?: ReadinessFacts;
  };
  /** Drill results that a control counted. */
  readonly drills: readonly DrillLine[];
  /** Of this agent, whatever became of them. */
  readonly waivers: readonly WaiverLine[];
};

/** Results on record, newest first. */
export type DrillRecord = { readonly total: number; readonly drills: readonly DrillLine[] };

/** One leaf, by what it says in the open. */
export type EntrySheet = {
  readonly id: string;
  readonly index: number;
  readonly type: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly txn?: string;
  /** Id of the agent it is about, where it is still registered; else its ref. */
  readonly agent?: string;
  /** Names of its sealed parts. */
  readonly sealed: readonly string[];
  readonly body: JsonObject;
};

/** Somebody read evidence. */
export type ReadingLine = {
  readonly entry: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Name where it is known, else ref. */
  readonly who: string;
  readonly kind: "person" | "operator";
  readonly from: number;
  readonly count: number;
};

/** Something of assurance that went on record. */
export type AssuranceLine = {
  readonly entry: string;
  readonly index: number;
  readonly atMs: number;
  /** In a word or two: `evaluation`, `release signed`. */
  readonly what: string;
  /** As in {@link EntrySheet}. */
  readonly agent?: string;
};

/** From where an auditor reaches everything. */
export type AuditTrail = {
  /** Name of the log; its head is public. */
  readonly origin: string;
  /** Of the newest leaves that were looked through, newest first. */
  readonly readings: readonly ReadingLine[];
  /** Evaluations, drills, waivers and releases, newest first. */
  readonly assurance: readonly AssuranceLine[];
  readonly waivers: readonly WaiverLine[];
};

const plain = text({ max: 65_536 });
const verdict = oneOf(["ready", "not_ready"] as const);

/** Reads how ready agents are. @throws NarrowgateError `malformed_input`, as all readers of this file */
export const readReadinessList: Reader<ReadinessList> = shape<ReadinessList>({
  agents: listOf(
    shape<ReadinessLine>({
      agent: plain,
      tier: plain,
      newest: optional(
        shape<NonNullable<ReadinessLine["newest"]>>({
          entry: plain,
          atMs: integer(),
          verdict,
          blocking: integer(),
          counts: listOf(
            shape<NonNullable<ReadinessLine["newest"]>["counts"][number]>({
              verdict: plain,
              count: integer(),
            }),
          ),
        }),
      ),
    }),
  ),
  next: optional(plain),
});

const waiver = shape<WaiverLine>({
  waiver: (value) => parseWaiver(value),
  asked: plain,
  state: oneOf(["asked", "agreed", "ended"]),
});
const drill = shape<DrillLine>({
  entry: plain,
  index: integer(),
  result: (value) => parseDrillResult(value),
});

/** Reads how ready an agent is. */
export const readReadinessSheet: Reader<ReadinessSheet> = shape<ReadinessSheet>({
  agent: plain,
  tier: plain,
  profile: shape<ReadinessSheet["profile"]>({ name: plain, version: integer(), controls: listOf(plain) }),
  newest: optional(
    shape<NonNullable<ReadinessSheet["newest"]>>({
      entry: plain,
      index: integer(),
      isOfThisCatalogue: flag,
      evaluation: (value) => parseEvaluation(value),
      facts: optional((value: unknown) => parseReadinessFacts(value)),
    }),
  ),
  drills: listOf(drill),
  waivers: listOf(waiver),
});

/** Reads results of drills. */
export const readDrillRecord: Reader<DrillRecord> = shape<DrillRecord>({
  total: integer(),
  drills: listOf(drill),
});

/** Reads one leaf. */
export const readEntrySheet: Reader<EntrySheet> = shape<EntrySheet>({
  id: plain,
  index: integer(),
  type: plain,
  atMs: integer(),
  txn: optional(plain),
  agent: optional(plain),
  sealed: listOf(plain),
  body: jsonObject,
});

/** Reads what an auditor finds. */
export const readAuditTrail: Reader<AuditTrail> = shape<AuditTrail>({
  origin: plain,
  readings: listOf(
    shape<ReadingLine>({
      entry: plain,
      atMs: integer(),
      who: plain,
      kind: oneOf(["person", "operator"]),
      from: integer(),
      count: integer(),
    }),
  ),
  assurance: listOf(
    shape<AssuranceLine>({
      entry: plain,
      index: integer(),
      atMs: integer(),
      what: plain,
      agent: optional(plain),
    }),
  ),
  waivers: listOf(waiver),
});
