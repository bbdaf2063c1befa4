import type { DraftOrNext, EvidenceSink, LeafDraft, Recorded, StateChange } from "@narrowgate/contracts";

/** A group of leaves that was queued. */
export interface SeenGroup extends Recorded {
  /** As they were placed: the draft at `n` is the leaf at `n`. */
  readonly drafts: readonly LeafDraft[];
  /** When it was queued, by `performance.now()`. */
  readonly queuedMs: number;
}

/** Told of groups. Must not throw, and nothing waits for it. */
export type OnRecorded = (group: SeenGroup) => void;

/** Records a group and tells of it. What is refused is not told of: nothing of it was taken. */
export function recordWatched(
  sink: EvidenceSink,
  onRecorded: OnRecorded,
  group: readonly DraftOrNext[],
  changes: readonly StateChange[],
): Recorded {
  const drafts: LeafDraft[] = [];
  const keep = (draft: LeafDraft): LeafDraft => {
    drafts.push(draft);
    return draft;
  };
  const queuedMs = performance.now();
  const recorded = sink.record(
    group.map((draft) =>
      typeof draft === "function" ? (earlier) => keep(draft(earlier)) : () => keep(draft),
    ),
    changes,
  );
  if (drafts.length > 0) onRecorded({ ...recorded, drafts, queuedMs });
  return recorded;
}
