import type { EvidenceSink } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { DurableUses } from "../platform/single-use/durable-uses.ts";
import type { AssertionUses } from "../sts/index.ts";

/**
 * The single use of client assertions, over a restart too.
 *
 * Beside a proof the memory of this run is enough: after a restart the proof needs the new nonce and the same key, so only
 * the owner could send an assertion again. Alone, an assertion is taken only when it was made in this run, and its use is
 * kept in the state table.
 * INVARIANT: what was used in an earlier run was either made before this one, or its use is in the table.
 * @param takeInRun - takes the one use within this run
 */
export function createAssertionUses(deps: {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly uses: DurableUses;
  readonly takeInRun: (name: string) => boolean;
}): AssertionUses {
  const { clock, evidence, uses, takeInRun } = deps;
  const nowS = (): number => Math.floor(clock.nowMs() / 1000);
  const startS = nowS();
  return {
    take({ use, issuedS, untilS }, beside) {
      const isAlone = beside === "nothing";
      if (isAlone && (issuedS === undefined || issuedS < startS)) return undefined;
      if (!takeInRun(use)) return undefined;
      // A clock that runs ahead makes assertions that would look as if they were made after the next start.
      const isAhead = issuedS !== undefined && issuedS > nowS();
      if (!isAlone && !isAhead) return Promise.resolve();
      const changes = uses.take(use, untilS, nowS());
      return changes === undefined ? undefined : evidence.record([], changes).durable;
    },
  };
}
