import type { AgentRecord, EpochPair, EpochReader, MandateRecord } from "@narrowgate/contracts";
import type { InstanceRecord } from "../ports.ts";

/** The pairs every token under a mandate carries. @see docs/spec/token.md T-2 */
export function baseEpochs(mandate: MandateRecord, epochs: EpochReader): readonly EpochPair[] {
  return ["all:all", `mandate:${mandate.id}`, `subject:${mandate.subjectRef}`].map(
    (kindRef): EpochPair => [kindRef, epochs.current(kindRef)],
  );
}

/**
 * The pairs of a new token: its parent's, and those of the token itself, its actor and its instance, sorted.
 * A pair of the parent keeps the parent's number: a child never outlives a revocation its parent was under.
 */
export function tokenEpochs(
  parent: readonly EpochPair[],
  own: {
    readonly tok: string;
    readonly agent: AgentRecord;
    readonly instance: InstanceRecord;
    /** Of its release, where it has one. */
    readonly release?: EpochPair;
  },
  epochs: EpochReader,
): readonly EpochPair[] {
  const pairs = new Map<string, number>(parent);
  if (own.release !== undefined && !pairs.has(own.release[0])) pairs.set(...own.release);
  for (const kindRef of [`token:${own.tok}`, `agent:${own.agent.ref}`, `instance:${own.instance.ref}`])
    if (!pairs.has(kindRef)) pairs.set(kindRef, epochs.current(kindRef));
  // No two pairs have one name: a map gave them.
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
}
