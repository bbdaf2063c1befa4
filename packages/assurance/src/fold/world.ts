import type {
  DrillResult,
  Environment,
  Evaluation,
  GateProfile,
  ReleaseManifest,
  RiskTier,
  SealedPart,
  Waiver,
} from "@narrowgate/contracts";

/** The agent that is judged, as the registry has it now. */
export type JudgedAgent = {
  readonly ref: string;
  readonly id: string;
  readonly tier: RiskTier;
  readonly state: string;
  /** The people behind `owner` and `deputy`: their refs, absent where no enrolled person is meant. */
  readonly owner?: string;
  readonly deputy?: string;
  /** Unix seconds. */
  readonly expires: number;
};

/** A drill's result and the leaf that records it. */
export type RecordedDrill = { readonly entry: string; readonly index: number; readonly result: DrillResult };

/** What a replay of recorded decisions gave. */
export type ReplayFacts = {
  /** Unix milliseconds. */
  readonly at: number;
  /** Decisions on sensitive operations, of which all are replayed, and those among the rest that were drawn. */
  readonly sensitive: number;
  readonly sampled: number;
  readonly failed: readonly { readonly entry: string; readonly says: string }[];
  /** Lack a piece, so that nothing can be said of them. */
  readonly missing: number;
};

/** What is known of heads of this log outside. */
export type HeadFacts = {
  /** Consistency proofs that were checked between heads held outside, and how many did not verify. */
  readonly checked: number;
  readonly inconsistent: readonly string[];
  /** Inclusion proofs that were checked against the head, and how many did not verify. */
  readonly included: number;
  readonly missing: readonly string[];
  /** Witnesses that hold the newest cosigned head, and how many must. */
  readonly witnesses: number;
  readonly threshold: number;
  /** Unix milliseconds of the newest cosigned head; absent where nobody cosigned. */
  readonly cosignedAt?: number;
};

/** Records of one age: those that are at least so many days old, and younger than those of the next band. */
export type AgeBand = {
  readonly from_days: number;
  /** Leaves of that age. */
  readonly records: number;
  /** Those that were drawn and fetched. */
  readonly fetched: number;
  /** Those of which a sealed part came back. */
  readonly opened: number;
  /** Sealed parts of these that were erased, with a leaf that says so. */
  readonly erased: number;
};

/** What came of fetching records back, how long they are kept, and what went while holds stood. */
export type RetentionFacts = {
  /** Unix milliseconds of the fetch. */
  readonly at: number;
  /** Youngest first; all ages, also those of which there are no records. */
  readonly bands: readonly AgeBand[];
  /**
   * Records that did not come back whole, parts that went too early, parts that went while a hold was over them, and holds
   * that were lost. Without `entry` where there is no leaf to name.
   */
  readonly failed: readonly { readonly entry?: string; readonly says: string }[];
  /** Days that the shortest rule gave by which a part of what was fetched went by age; absent where none did. */
  readonly rule_days?: number;
  /** Days that each part is kept after the end of its transaction; one that is absent is kept for good. */
  readonly days: { readonly [P in SealedPart]?: number };
  /** Holds that stand. */
  readonly holds: number;
  /** Erasures while any hold stood, and how many of them were held against the holds. */
  readonly erasures: number;
  readonly looked: number;
};

/** What is configured, as it runs. */
export type GateFacts = {
  /** Whether a request that no policy matches is refused. */
  readonly defaultDeny: boolean;
  /** Whether an irreversible call stops when decision, feed or log are not available. */
  readonly failClosed: boolean;
  /** Seconds after which a gate without news of revocations stops. */
  readonly feedMaxAgeSeconds: number;
  /** Thumbprints of keys that are trusted here and belong to another instance of the same organisation. */
  readonly foreignKeys: readonly string[];
};

/** Whether the controls turn red on what must turn them red. */
export type SelfTest = { readonly controls: number; readonly wrong: readonly string[] };

/** What was evaluated on the instance where the release was tested, verified before it came here. */
export type TestedPack = { readonly origin: string; readonly evaluation: Evaluation };

/**
 * What does not stand in the log but in the plane, at one instant. Plain data.
 * Trust: all of it is the word of whoever evaluates, but for what is signed in it and was verified before.
 */
export type World = {
  /** Unix milliseconds. */
  readonly at: number;
  readonly window: { readonly from: number; readonly to: number };
  readonly environment: Environment;
  readonly agent: JudgedAgent;
  readonly log: { readonly origin: string; readonly size: number; readonly root: string };
  /** Release digest as it is now, and the manifest behind it. */
  readonly release: string;
  readonly manifest: ReleaseManifest;
  /** Deployment digest as it is now. */
  readonly deployment?: string;
  /** Whether what stands now is what the release in force was signed for, under policies of its own; absent where none is. */
  readonly isReleaseStanding?: boolean;
  /** Digest of the build that runs here. */
  readonly build: string;
  readonly profile: GateProfile;
  /** Those recorded here, and those that came along with a tested release. */
  readonly drills: readonly RecordedDrill[];
  /** Refs of the people who wrote what is released, where known. */
  readonly authors: readonly string[];
  readonly replay?: ReplayFacts;
  readonly heads?: HeadFacts;
  readonly retention?: RetentionFacts;
  readonly gate?: GateFacts;
  readonly selfTest?: SelfTest;
  readonly tested?: TestedPack;
  readonly waivers: readonly Waiver[];
};
