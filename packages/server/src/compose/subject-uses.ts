import type { EvidenceSink, StateReader } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import { openDurableUses } from "../platform/single-use/durable-uses.ts";

/**
 * The single use of what people signed, over a restart too.
 * @param room - of the state table, for these uses alone
 * ORDER: queued when it is taken, so that it is durable no later than the mandate it is taken for.
 */
export async function openSubjectUses(
  evidence: EvidenceSink,
  state: StateReader,
  clock: Clock,
  room: string,
): Promise<(digest: string, untilMs: number) => boolean> {
  const uses = await openDurableUses(state, room);
  return (digest, untilMs) => {
    const changes = uses.take(digest, Math.ceil(untilMs / 1000), Math.floor(clock.nowMs() / 1000));
    if (changes === undefined) return false;
    evidence.record([], changes);
    return true;
  };
}
