import type { BundleEntry, ReadinessFacts, ReleasePack } from "@narrowgate/contracts";
import type { SignedRequest } from "./signed-request.ts";

/** What an evidence pack is made of, beside leaves and bundles of transactions. */
export type PackParts = {
  /** Ref of the agent. */
  readonly ref: string;
  /** Leaf id and index of the evaluation that is reported: the newest one of this release. */
  readonly evaluation: string;
  readonly index: number;
  readonly release: ReleasePack;
  readonly facts: ReadinessFacts;
  /** Texts of the manifest's policies, in their order. */
  readonly policies: readonly string[];
  readonly servers: readonly BundleEntry[];
};

/** What evidence packs are made from; each is a reading of evidence, and recorded (E-2). */
export interface EvidencePacksPort {
  /** Evaluates the agent, and gives what is said of this release. @throws `not_found`, `policy_missing` */
  parts(id: string, request: SignedRequest): Promise<PackParts>;
  /** Leaves of an agent, newest first, beginning at one of them. @throws `not_found` */
  leaves(
    agent: string,
    page: { readonly from: number; readonly count: number },
    request: SignedRequest,
  ): Promise<{ readonly leaves: readonly string[]; readonly next?: number }>;
}
