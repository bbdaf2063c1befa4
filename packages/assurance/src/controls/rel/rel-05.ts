import { type Control, type Finding, numberLimit } from "../../fold/control.ts";
import { newestDrill } from "../../fold/drill-part.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { member } from "../../fold/opened.ts";
import { isSeen } from "../../fold/seen.ts";
import type { World } from "../../fold/world.ts";
import { agentOf } from "../called.ts";
import { DRILL_SAW, GATE_WROTE } from "../vantage.ts";

type Gone = { from: { [agent: string]: string } };

/** Drills that go back. */
const rehearsals = ["DR-25", "DR-30"];

/** REL-05: going back was rehearsed, and each time it was done in earnest the bad release was revoked with it. */
export const rel05: Control = leafControl<Gone>({
  id: "REL-05",
  reads: ["release"],
  of: "rehearsals of going back, and times it was done",
  limits: { rollback_ms: 5000, rehearsed_within_s: 90 * 86_400 },
  vantage: [
    GATE_WROTE,
    DRILL_SAW,
    "Exercises of people, with named roles and a list of contacts, are not on record.",
  ],
  keeps: () => ({ from: {} }),
  look(seen, _, kept) {
    if (!isSeen(seen, "release")) return undefined;
    const { action, deployment } = seen.leaf.body;
    const agent = seen.leaf.agent?.id ?? "*";
    if (action === "deactivated") kept.from[agent] = deployment;
    const left = kept.from[agent];
    // Going back is bringing into force what was in force before.
    if (action !== "activated" || left === undefined || seen.known.activated[deployment] !== true)
      return undefined;
    delete kept.from[agent];
    const isRevoked = seen.known.epochs[`release:${left}`] !== undefined;
    return isRevoked
      ? agentOf(seen)
      : { ...agentOf(seen), breaks: "a release was left and its tokens not revoked" };
  },
  judge: (finding, { world, limits }) => withRehearsal(finding, world, limits),
});

function withRehearsal(finding: Finding, world: World, limits: Parameters<typeof numberLimit>[0]): Finding {
  const found = world.profile.drills
    .filter(({ drill }) => rehearsals.includes(drill))
    .flatMap((required) => newestDrill(world, required) ?? []);
  // A drill that does not say how long going back took has not gone back.
  const passed = found.filter(
    ({ result }) => result.verdict === "pass" && typeof member(result.figures, "rollback_ms") === "number",
  );
  if (passed.length === 0)
    return { ...finding, unmet: "going back was not rehearsed with this release and build" };
  const young = passed.filter(
    ({ result }) => world.at - result.ended <= numberLimit(limits, "rehearsed_within_s") * 1000,
  );
  const slow = passed.filter(
    ({ result }) => Number(member(result.figures, "rollback_ms")) > numberLimit(limits, "rollback_ms"),
  );
  const trials = passed.reduce((all, { result }) => all + result.trials, 0);
  return {
    ...finding,
    population: finding.population + trials,
    decided: finding.decided + trials,
    violations: [
      ...slow.map(({ entry }) => ({ entry, says: "going back took too long" })),
      ...finding.violations,
    ].slice(0, 32),
    violationsInAll: finding.violationsInAll + slow.length,
    drills: passed.map(({ entry }) => entry),
    ...(young.length === 0 ? { stale: "going back was last rehearsed too long ago" } : {}),
  };
}
