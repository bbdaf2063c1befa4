import { nameOf } from "../drift.ts";
import type { SignedRequest } from "../ports.ts";
import { leafOf } from "../release-leaf.ts";
import type { ReleaseRoom } from "../room.ts";
import { type Glass, glassRow } from "./glass.ts";

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
