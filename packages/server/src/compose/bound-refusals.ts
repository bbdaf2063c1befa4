import type { DraftOrNext, EvidenceSink, LeafDraft } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";

const MINUTE_MS = 60_000;

/** A log in which refusals have a bound. */
export interface BoundedRefusals extends EvidenceSink {
  /**
   * Puts on record what was counted and not kept one by one, for the minutes that are over, or for all.
   * @throws `evidence_unavailable`, `overloaded`
   */
  flush(which: "over" | "all"): Promise<void>;
}

interface Counted {
  /** The last draft that was not kept: it names agent and instance, and the rules in force. */
  draft: LeafDraft;
  total: number;
  readonly byCode: Map<string, number>;
}

/** A refusal that stands alone; undefined for every other group. */
function refusalIn(group: readonly DraftOrNext[]): LeafDraft | undefined {
  const [draft, ...more] = group;
  if (draft === undefined || typeof draft === "function" || more.length > 0) return undefined;
  return draft.type === "decision" && draft.body["verdict"] === "refuse" ? draft : undefined;
}

function summaryOf({ draft, total, byCode }: Counted, minute: number): LeafDraft {
  const { action, policy, procedure, feed, instance } = draft.body;
  const at = (ms: number): string => new Date(ms).toISOString();
  return {
    type: "decision",
    ...(draft.agent === undefined ? {} : { agent: draft.agent }),
    body: {
      ...(action === undefined ? {} : { action }),
      ...(policy === undefined ? {} : { policy }),
      ...(procedure === undefined ? {} : { procedure }),
      ...(feed === undefined ? {} : { feed }),
      ...(instance === undefined ? {} : { instance }),
      verdict: "refuse",
      code: "too_many_requests",
    },
    content: {
      request: {
        counted: Object.fromEntries([...byCode].sort(([a], [b]) => (a < b ? -1 : 1))),
        from: at(minute * MINUTE_MS),
        until: at((minute + 1) * MINUTE_MS),
      },
      policies: [],
      reason: `${total} more refusals of this instance were counted in this minute, not kept one by one.`,
    },
  };
}

/**
 * Bounds what refused requests make the log grow by: so many of one instance in a minute are kept one by one, the rest
 * are counted and kept as one leaf. Permits and state are never held back.
 * A crash loses the counts of the minute it happens in, and none of the leaves before.
 * @param perMinute - refusals of one instance that are kept one by one
 */
export function boundRefusals(evidence: EvidenceSink, clock: Clock, perMinute: number): BoundedRefusals {
  let minute = 0;
  let kept = new Map<string, number>();
  // Of instances that proved themselves, so there are no more of them than instances.
  let counted = new Map<string, Counted>();

  const summarise = (): Promise<void> => {
    if (counted.size === 0) return Promise.resolve();
    const drafts = [...counted.values()].map((one) => summaryOf(one, minute));
    counted = new Map();
    return Promise.all(drafts.map((draft) => evidence.record([draft]).durable)).then(() => undefined);
  };
  const turn = (): Promise<void> => {
    const now = Math.floor(clock.nowMs() / MINUTE_MS);
    if (now === minute) return Promise.resolve();
    const done = summarise();
    minute = now;
    kept = new Map();
    return done;
  };
  const isWithin = (name: string): boolean => {
    const count = (kept.get(name) ?? 0) + 1;
    kept.set(name, count);
    return count <= perMinute;
  };

  return {
    record(group, changes = []) {
      const refusal = changes.length === 0 ? refusalIn(group) : undefined;
      if (refusal === undefined) return evidence.record(group, changes);
      const { instance, code } = refusal.body;
      const name = String(instance);
      const turned = turn();
      if (isWithin(name)) {
        const recorded = evidence.record(group);
        return { leaves: recorded.leaves, durable: turned.then(() => recorded.durable) };
      }
      const found = counted.get(name) ?? { draft: refusal, total: 0, byCode: new Map<string, number>() };
      found.draft = refusal;
      found.total += 1;
      found.byCode.set(String(code), (found.byCode.get(String(code)) ?? 0) + 1);
      counted.set(name, found);
      return { leaves: [], durable: turned };
    },
    flush: (which) => (which === "all" ? summarise() : turn()),
  };
}
