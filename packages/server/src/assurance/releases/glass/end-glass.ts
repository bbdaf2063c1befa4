import type { LeafDraft, StateChange } from "@narrowgate/contracts";
import { nameOf } from "../drift.ts";
import type { SignedRequest } from "../ports.ts";
import { leafOf } from "../release-leaf.ts";
import type { ReleaseRoom } from "../room.ts";
import { type Glass, glassRow, isAskedGlass, isOpenGlass } from "./glass.ts";

/** The end of break-glasses, in the making: for a commit that stops the agent itself. */
export interface GlassEnd {
  readonly drafts: readonly LeafDraft[];
  readonly changes: readonly StateChange[];
  /** Call in the turn of `record`. */
  apply(): void;
}

/**
 * Ends the break-glasses of an agent together with the agent: the open one, whose review is due from then on, and all that
 * could still be signed; undefined where there is none.
 * ORDER: made and recorded in one turn. No revocation of its own: the agent's, in the same commit, ends every token under it.
 * @param agentRef - of the agent
 * @see docs/spec/release.md R-26
 */
export function glassEndsWith(
  { ports, glasses }: ReleaseRoom,
  agentRef: string,
  { operator, jws }: SignedRequest,
): GlassEnd | undefined {
  const nowMs = ports.clock.nowMs();
  const ended = glasses.ofAgent(agentRef).flatMap((glass): readonly Glass[] => {
    if (isOpenGlass(glass, nowMs)) return [{ ...glass, state: "ended", endedAtMs: nowMs }];
    return isAskedGlass(glass, nowMs) ? [{ ...glass, state: "withdrawn" }] : [];
  });
  if (ended.length === 0) return undefined;
  return {
    drafts: ended.map(({ proposal }) =>
      leafOf(proposal, "glass_ended", { operator }, { proof: { request: jws } }),
    ),
    changes: ended.map(glassRow),
    apply: () => ended.forEach(glasses.put),
  };
}

/**
 * Ends a break-glass before its time, with every token that names it, in one commit. Its review is due from now on.
 * ORDER: in one turn up to the record; the feed of revocations has no gap.
 * @throws `evidence_unavailable`
 */
export async function endGlass(
  { ports, glasses }: ReleaseRoom,
  glass: Glass,
  reason: string,
  { operator, jws }: SignedRequest,
): Promise<Glass> {
  const { proposal } = glass;
  const ended: Glass = { ...glass, state: "ended", endedAtMs: ports.clock.nowMs() };
  const by = { by: "operator", operator, proof: jws } as const;
  const revocation = ports.prepareRevocation({
    kind: "release",
    id: nameOf(proposal),
    reason,
    name: proposal.agent,
    ...by,
  });
  const { durable } = ports.evidence.record(
    [leafOf(proposal, "glass_ended", { operator }, { proof: { request: jws } }), revocation.draft],
    [glassRow(ended), ...revocation.changes],
  );
  revocation.apply();
  glasses.put(ended);
  await durable;
  revocation.announce();
  return ended;
}
