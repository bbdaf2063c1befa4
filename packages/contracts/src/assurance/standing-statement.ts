import { digest, id, id16, integer, literal, oneOf } from "../reading/readers.ts";
import type { Shape } from "../reading/shape.ts";
import { RELEASE_ROLES, type ReleaseRole } from "./deployment.ts";

/** What is named by whoever signs for an agent as it stands, under a release or without one. @see docs/spec/release.md R-3 */
export type StandingNamed = {
  readonly v: 1;
  /** Id of what is answered: a proposal, or a break-glass. */
  readonly id: string;
  readonly nonce: string;
  /** Release digest. */
  readonly release: string;
  /** Deployment digest. */
  readonly deployment: string;
  /** Digest of the gate profile. */
  readonly profile: string;
  /** Digest of the evaluation document that was shown. */
  readonly readiness: string;
  /** Digest of the difference to the running release that was shown. */
  readonly diff: string;
  /** Digest of all that was shown (approval.md P-4). */
  readonly rendered: string;
  readonly role: ReleaseRole;
  /** Unix milliseconds. */
  readonly not_after: number;
};

/** How these members are read. */
export const standingShape: Shape<StandingNamed> = {
  v: literal(1),
  id,
  nonce: id16,
  release: digest,
  deployment: digest,
  profile: digest,
  readiness: digest,
  diff: digest,
  rendered: digest,
  role: oneOf(RELEASE_ROLES),
  not_after: integer(),
};
