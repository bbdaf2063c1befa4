import { startAsked } from "../processes/child.ts";
import { type Line, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { Decided, DeciderApi } from "../servers/decider.ts";

const POLICIES = [50, 500, 5000];
const MOST_MISS_US = 200;
const MOST_HIT_US = 5;
/** "Flat": with the most policies at most this many times what it takes with the fewest; noise is of that order. */
const FLAT = 1.5;

function lineOf(decided: Decided): Line {
  const { policies, slices, firstUs, hitUs, missUs, wholeHitUs, wholeMissUs } = decided;
  return {
    what: `decision with full context, ${policies.toLocaleString("en-GB")} policies, 100,000 agents`,
    ours: `slices of ${slices[0]} to ${slices[1]} policies; first call of an agent ${show(firstUs)} µs`,
    against: `with building and checking the request: miss ${show(wholeMissUs)}, hit ${show(wholeHitUs)} µs`,
    figure: `miss ${show(missUs)} µs, hit ${show(hitUs)} µs`,
    cpu: `${show(missUs)} / ${show(hitUs)} µs`,
    target: `miss ${MOST_MISS_US} µs, hit ${MOST_HIT_US} µs`,
    reached: missUs <= MOST_MISS_US && hitUs <= MOST_HIT_US,
  };
}

function flatLine(first: Decided, last: Decided): Line {
  const miss = last.missUs / first.missUs;
  const hit = last.hitUs / first.hitUs;
  return {
    what: `decision: ${show(last.policies)} policies against ${first.policies}`,
    ours: "",
    against: "itself",
    figure: `miss ${show(miss)} x, hit ${show(hit)} x`,
    target: `flat (at most ${FLAT} x)`,
    reached: Math.max(miss, hit) <= FLAT,
  };
}

/** A decision by policy on its own: from memory and anew, with few and many policies; and how often the tour repeats itself. */
export async function decision({ quick }: Scale): Promise<RowResult> {
  const decider = await startAsked<DeciderApi>("servers/decider.ts", true);
  try {
    const count = quick ? 1000 : 10_000;
    await decider.ask("decide", { policies: 50, count });
    const all: Decided[] = [];
    for (const policies of POLICIES) all.push(await decider.ask("decide", { policies, count }));
    const [first] = all;
    const last = all.at(-1);
    const tour = await decider.ask("tour");
    const lines = [
      ...all.map(lineOf),
      ...(first === undefined || last === undefined ? [] : [flatLine(first, last)]),
      {
        what: "decision: repetitions in the traffic of the tour",
        ours: `${tour.repeatedCalls} of ${tour.calls} calls, ${tour.repeats} of ${tour.decisions} decisions`,
        against: "",
        figure: `${show((100 * tour.repeats) / tour.decisions)} % from memory`,
      },
    ];
    return { row: "decision", lines, raw: { all, tour } };
  } finally {
    await decider.stop();
  }
}
