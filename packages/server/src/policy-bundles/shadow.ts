import type { Clock } from "@narrowgate/kernel";
import type { CompiledPolicies } from "@narrowgate/policy";
import {
  CandidateJudge,
  type DecisionChange,
  type JudgedCounts,
  type OverlayById,
  type RecordedDecision,
} from "@narrowgate/verifier";

/** Decisions that wait for the candidate, at most; more are counted and left out. */
export const MAX_WAITING = 1024;

/** Differences that are kept as samples, the newest. */
export const MAX_SAMPLES = 50;

/** Decisions judged in one turn: the loop belongs to those who wait for answers. */
const AT_ONCE = 4;

/** What a candidate said of live traffic so far. */
export type ShadowStatus =
  | { readonly state: "off" }
  | {
      readonly state: "on";
      readonly digest: string;
      readonly sinceMs: number;
      readonly counts: JudgedCounts;
      /** Left out because too many waited. */
      readonly dropped: number;
      readonly waiting: number;
      /** Newest last. */
      readonly samples: readonly DecisionChange[];
    };

/** A candidate beside the policies in force. Nothing it does reaches an answer. */
export interface Shadow {
  /**
   * Puts a candidate beside those in force, instead of any before.
   * @param overlayOf - what stands over all policies: what it forbids is forbidden under the candidate too
   */
  put(candidate: CompiledPolicies, overlayOf?: OverlayById): void;
  off(): void;
  /** Takes note of a decision that was made; never throws, and judges later. */
  offer(decision: () => Omit<RecordedDecision, "id">): void;
  status(): ShadowStatus;
}

/** What the shadow needs; supplied by compose. */
export interface ShadowPorts {
  readonly clock: Clock;
  /** Runs something in a later turn. */
  readonly later: (run: () => void) => void;
}

interface Running {
  readonly digest: string;
  readonly sinceMs: number;
  readonly judge: CandidateJudge;
  readonly waiting: (() => Omit<RecordedDecision, "id">)[];
  readonly samples: DecisionChange[];
  dropped: number;
  scheduled: boolean;
}

/** Makes the shadow; it begins off, and a restart ends it. */
export function createShadow({ clock, later }: ShadowPorts): Shadow {
  let running: Running | undefined;
  let count = 0;
  const judgeSome = (mine: Running): void => {
    mine.scheduled = false;
    if (running !== mine) return;
    for (const decision of mine.waiting.splice(0, AT_ONCE)) {
      count += 1;
      const change = mine.judge.judge({ ...decision(), id: String(count) });
      if (change !== undefined) mine.samples.push(change);
      if (mine.samples.length > MAX_SAMPLES) mine.samples.shift();
    }
    schedule(mine);
  };
  const schedule = (mine: Running): void => {
    if (mine.scheduled || mine.waiting.length === 0) return;
    mine.scheduled = true;
    later(() => judgeSome(mine));
  };
  return {
    put(candidate, overlayOf) {
      running = {
        digest: candidate.digest,
        sinceMs: clock.nowMs(),
        judge: new CandidateJudge(candidate, overlayOf),
        waiting: [],
        samples: [],
        dropped: 0,
        scheduled: false,
      };
    },
    off() {
      running = undefined;
    },
    offer(decision) {
      if (running === undefined) return;
      if (running.waiting.length >= MAX_WAITING) running.dropped += 1;
      else running.waiting.push(decision);
      schedule(running);
    },
    status() {
      if (running === undefined) return { state: "off" };
      const { digest, sinceMs, judge, dropped, waiting, samples } = running;
      return {
        state: "on",
        digest,
        sinceMs,
        counts: judge.counts,
        dropped,
        waiting: waiting.length,
        samples: [...samples],
      };
    },
  };
}
