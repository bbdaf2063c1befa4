import type {
  DecisionRows,
  NamedOperator,
  OverlayTexts,
  PolicySurroundings,
  PolicyVersion,
  PolicyVersions,
  ShadowReport,
} from "@narrowgate/contracts";
import type { Disclosure } from "./disclosure.ts";

/** What the console shows of policies, and looks ahead with; supplied by compose. */
export interface PoliciesPorts {
  /** Newest first, by what leaves say in the open. @param limit - at most so many */
  readonly versions: (limit: number) => Promise<PolicyVersions>;
  /** One version with its files. @param version - one-based; undefined when there is none */
  readonly version: (version: number) => Promise<Disclosure<PolicyVersion> | undefined>;
  /** Who proposed a version that somebody else put in force; undefined where nobody did, or it is not known. */
  readonly author: (version: number) => Promise<Disclosure<NamedOperator> | undefined>;
  readonly shadow: () => ShadowReport;
  /** @param limit - agents, at most */
  readonly surroundings: (limit: number) => PolicySurroundings;
  /** Overlays that decisions may name; a count of 0 discloses nothing. */
  readonly overlays: () => Promise<Disclosure<OverlayTexts>>;
  /** Recorded decisions, oldest first; a count of 0 discloses nothing. */
  readonly decisions: (page: {
    /** `next` of the stretch before; absent at the beginning. */
    readonly from?: number;
    /** Unix milliseconds. */
    readonly sinceMs: number;
  }) => Promise<Disclosure<DecisionRows>>;
}
