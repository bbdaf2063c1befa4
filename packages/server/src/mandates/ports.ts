import type {
  EntitlementSpec,
  EpochReader,
  EvidenceSink,
  LeafDraft,
  RegistryReader,
  StateChange,
  StateReader,
} from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";

/** A person's signed assertion that verified: who signed, over which nonce. */
export interface VerifiedSubject {
  readonly kind: "subject";
  /** `<issuer>#<sub>`. */
  readonly subject: string;
  readonly nonce: string | undefined;
  /** Sorted; absent where the issuer states none. */
  readonly groups?: readonly string[];
  /** Agent an ID-JAG was issued to; absent for an ID token. */
  readonly agent?: string;
}

/** The mapping of people to what they may have agents do. */
export interface Entitlements {
  /** Id of the registry leaf that states it. */
  readonly entry: string;
  readonly rules: readonly EntitlementSpec[];
}

/** What mandates need; supplied by compose. */
export interface MandatePorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  readonly registry: RegistryReader;
  readonly epochs: EpochReader;
  /** Takes the one use of a mandate a person signed, durably; false when it was opened before. */
  readonly takeOnce: (name: string, untilMs: number) => boolean;
  /** Why no registered server offers a tool, named `server/tool`; undefined when one does. */
  readonly unknownTool: (name: string) => string | undefined;
  /** What people may have agents do; one object until it changes. Undefined: nobody is compared with anything. */
  readonly entitlements: () => Entitlements | undefined;
  /** Names a new transaction of this writer. */
  readonly openTransaction: () => string;
  /** Leaves of a transaction so far. */
  readonly transactionLength: (txn: string) => number;
  /** What other rooms keep for a transaction and give up with its end, in the turn it is queued: rows, and leaves before the closing. */
  readonly endTransaction: (txn: string) => {
    readonly drafts: readonly LeafDraft[];
    readonly changes: readonly StateChange[];
  };
  /** Verifies an ID token or ID-JAG of a configured issuer. */
  readonly verifySubject: (assertion: string) => Promise<
    | VerifiedSubject
    | {
        readonly kind: "refused";
        readonly code: "invalid_grant" | "fetch_failed";
        readonly description: string;
      }
  >;
  /** Prepares the revocation of a mandate, to be recorded with its closing. */
  readonly prepareRevocation: (request: {
    readonly kind: "mandate";
    readonly id: string;
    readonly by: "operator" | "owner" | "system";
    readonly operator?: string;
    /** The operator's signed request. */
    readonly proof?: string;
    readonly reason: string;
    readonly txn: string;
  }) => {
    readonly draft: LeafDraft;
    readonly changes: readonly StateChange[];
    apply(): void;
    announce(): void;
  };
  /** Bounds of this moment, in seconds; what was opened before them is held to the idle limit too. */
  readonly bounds: {
    /** Longest life of a mandate. */
    readonly maxLifeSeconds: number;
    /** Longest time a mandate may lie unused. */
    readonly maxIdleSeconds: number;
    /** Life of a mandate an agent opens on its own behalf. */
    readonly autonomousLifeSeconds: number;
  };
}
