import type { LeafType } from "@narrowgate/contracts";
import type { Around, Control, Finding, Limits } from "./control.ts";
import type { Open, Seen, Want } from "./seen.ts";
import { count, emptyTally, type Observation, sum, type Tally } from "./tally.ts";

/** A control that looks at leaves one by one and counts. `E` is what it keeps beside its counts: plain data. */
export type LeafRule<E extends object | undefined = undefined> = Pick<
  Control,
  "id" | "reads" | "of" | "vantage" | "absent" | "floor" | "limits"
> & {
  /** Parts that must be opened before `look`. */
  readonly wants?: (seen: Omit<Seen, "open">, limits: Limits) => readonly Want[];
  readonly keeps?: () => Exclude<E, undefined>;
  /** What is to be said of a leaf; undefined where it is not looked at. */
  readonly look: (seen: Seen, limits: Limits, kept: E) => Observation | readonly Observation[] | undefined;
  /** What the plane adds to the counts; the finding as it is where absent. */
  readonly judge?: (finding: Finding, around: Around & { readonly kept: E }) => Finding;
};

type State<E> = { tally: Tally; kept: E };

/** Makes a control out of a rule over leaves. */
export function leafControl<E extends object | undefined = undefined>(rule: LeafRule<E>): Control {
  const { look, keeps, judge, ...rest } = rule;
  return {
    ...rest,
    init: () => ({ tally: emptyTally(), kept: keeps?.() ?? null }),
    step(state, seen, limits) {
      const { tally, kept } = asState<E>(state);
      let isGone = false;
      const open: Open = (want) => {
        const part = seen.open(want);
        isGone ||= part === undefined;
        return part;
      };
      const observed = look({ ...seen, open }, limits, kept);
      if (observed === undefined) return;
      for (const one of isList(observed) ? observed : [observed]) count(tally, seen, { ...one, isGone });
    },
    verdict(state, around) {
      const { tally, kept } = asState<E>(state);
      const finding = sum(tally, around.world.agent.ref, around.world.window);
      return judge === undefined ? finding : judge(finding, { ...around, kept });
    },
  };
}

/** A control that no leaf bears on. */
export function worldControl(
  rule: Pick<Control, "id" | "of" | "vantage" | "absent" | "floor" | "limits"> & {
    readonly judge: (around: Around) => Finding;
  },
): Control {
  const { judge, ...rest } = rule;
  const reads: readonly LeafType[] = [];
  return {
    ...rest,
    reads,
    init: () => ({}),
    step: () => undefined,
    verdict: (_, around) => judge(around),
  };
}

/** A control whose subject does not exist: it finds nothing, and says what is missing. */
export function absentControl(id: string, of: string, absent: string): Control {
  return worldControl({ id, of, absent, vantage: ["Nobody observes it."], judge: () => nothingFound() });
}

/** Nothing was looked at. */
export function nothingFound(): Finding {
  return { population: 0, decided: 0, violations: [], violationsInAll: 0, evidence: [] };
}

function isList(observed: Observation | readonly Observation[]): observed is readonly Observation[] {
  return Array.isArray(observed);
}

// INVARIANT: the engine hands a control no state but what its own `init` made, or what was saved of it.
function asState<E>(state: object): State<E> {
  return state as State<E>;
}
