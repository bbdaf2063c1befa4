import type { Results } from "./run-scenarios.ts";

/** What one check came to by both ways; `absent` where the suite did not get to it. */
export interface Pair {
  readonly direct: string;
  readonly gated: string;
}

function isVerdict(status: string): boolean {
  return status !== "INFO" && status !== "absent";
}

/** Each check that has a verdict by one of the two ways at least, as `scenario: check`. */
export function pairUp(direct: Results, gated: Results): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const scenario of new Set([...direct.keys(), ...gated.keys()])) {
    const [one, two] = [direct.get(scenario), gated.get(scenario)];
    for (const check of new Set([...(one?.keys() ?? []), ...(two?.keys() ?? [])])) {
      const pair = { direct: one?.get(check) ?? "absent", gated: two?.get(check) ?? "absent" };
      if (isVerdict(pair.direct) || isVerdict(pair.gated)) pairs.set(`${scenario}: ${check}`, pair);
    }
  }
  return pairs;
}

/** Those of the checks that did not come to the same. */
export function differing(pairs: ReadonlyMap<string, Pair>): Record<string, Pair> {
  return Object.fromEntries([...pairs].filter(([, { direct, gated }]) => direct !== gated));
}

/** How many checks there are, and how many of them passed. */
export function formatCount(pairs: ReadonlyMap<string, Pair>): string {
  const passed = (holds: (pair: Pair) => boolean): number => [...pairs.values()].filter(holds).length;
  const direct = passed((pair) => pair.direct === "SUCCESS");
  const gated = passed((pair) => pair.gated === "SUCCESS");
  const both = passed((pair) => pair.direct === "SUCCESS" && pair.gated === "SUCCESS");
  return `${pairs.size} checks, ${direct} pass directly, ${gated} through the gate, ${both} both ways`;
}
