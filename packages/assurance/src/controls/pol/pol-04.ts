import { type Control, numberLimit } from "../../fold/control.ts";
import { leafControl, nothingFound } from "../../fold/leaf-control.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { calledOperation, decisionInputs, openDecision } from "../called.ts";
import { DRAWN, GATE_WROTE } from "../vantage.ts";

/** When each operation was last seen used, by agent ref; and how many permits were opened for it. */
type Uses = { at: { [agent: string]: { [operation: string]: number } }; opened: number };

/** POL-04: an operation that changes something is used, or taken away. */
export const pol04: Control = leafControl<Uses>({
  id: "POL-04",
  reads: ["dispatch"],
  of: "operations that are granted",
  limits: { ...SAMPLE, unused_within_s: 30 * 86_400 },
  vantage: [
    GATE_WROTE,
    DRAWN,
    "An operation that is used so rarely that no call of it was drawn looks unused.",
  ],
  keeps: () => ({ at: {}, opened: 0 }),
  wants: (seen, limits) => (isSampled(seen, limits) ? decisionInputs(seen) : []),
  look(seen, limits, kept) {
    const agent = seen.leaf.agent?.id;
    if (agent === undefined || !isSampled(seen, limits)) return undefined;
    const called = calledOperation(seen, openDecision(seen));
    if (called === undefined) return undefined;
    kept.opened++;
    const uses = kept.at[agent] ?? {};
    kept.at[agent] = uses;
    uses[called.name] = seen.leaf.at;
    return undefined;
  },
  judge(_, { world, known, kept, limits }) {
    const agent = known.agents[world.agent.ref];
    if (agent === undefined) return nothingFound();
    const uses = kept.at[world.agent.ref] ?? {};
    const since = world.at - numberLimit(limits, "unused_within_s") * 1000;
    const isNew = agent.changedAt > since;
    const unused = world.manifest.tools.filter(
      ({ server, kind, name }) => (uses[`${server}/${kind}/${name}`] ?? 0) <= since,
    );
    const changing = isNew ? [] : unused.filter(({ effect }) => effect !== "read");
    const population = world.manifest.tools.length;
    return {
      population,
      decided: population,
      violations: changing.map(({ server, name }) => ({
        says: `${server}/${name} is granted and not used`,
      })),
      violationsInAll: changing.length,
      evidence: [{ entry: agent.entry, index: agent.index }],
      parameters: { ...sampleFigures(kept.opened), unused: unused.length, granted_for_long_enough: !isNew },
    };
  },
});
