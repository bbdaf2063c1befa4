import { type Clock, NarrowgateError } from "@narrowgate/kernel";

/** How long a proposal waits for somebody else. */
export const PROPOSAL_LIFE_MS = 604_800_000;

/** Proposals that wait, at most; the oldest goes first. */
export const MAX_PROPOSALS = 64;

/** What publishing needs; supplied by compose. */
export interface PublicationPorts {
  readonly clock: Clock;
  /** Whether author and approver must differ. */
  readonly needsTwo: boolean;
  /** Puts the author's signed request on record; never throws. */
  readonly recordProposal: (digest: string, request: Publisher) => void;
}

/** An operator's signed request to put policies in force. */
export interface Publisher {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS. */
  readonly jws: string;
}

/** Decides whether policies may come into force now. */
export interface Publication {
  /**
   * Passes when another operator proposed exactly these policies; else this request is the proposal.
   * @param digest - of the bundle
   * @throws NarrowgateError `conflict` when nobody else has proposed them
   */
  check(digest: string, request: Publisher): void;
}

/** Makes the check. Proposals are kept in memory: after a restart the author proposes again. */
export function createPublication({ clock, needsTwo, recordProposal }: PublicationPorts): Publication {
  const proposals = new Map<string, { readonly operator: string; readonly untilMs: number }>();
  const prune = (): void => {
    for (const [digest, { untilMs }] of proposals) if (untilMs <= clock.nowMs()) proposals.delete(digest);
    const [oldest] = proposals.keys();
    if (proposals.size >= MAX_PROPOSALS && oldest !== undefined) proposals.delete(oldest);
  };
  return {
    check(digest, request) {
      if (!needsTwo) return;
      prune();
      const proposal = proposals.get(digest);
      if (proposal !== undefined && proposal.operator !== request.operator) {
        proposals.delete(digest);
        return;
      }
      if (proposal === undefined) {
        proposals.set(digest, { operator: request.operator, untilMs: clock.nowMs() + PROPOSAL_LIFE_MS });
        recordProposal(digest, request);
      }
      throw new NarrowgateError(
        "conflict",
        `nothing was changed: these policies are proposed (${digest}); in production another operator has to publish the same files, within 7 days`,
      );
    },
  };
}
