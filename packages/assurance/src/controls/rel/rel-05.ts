import { type Around, type Control, type Finding, numberLimit } from "../../fold/control.ts";
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

/**
 * REL-05: going back was rehearsed, each time it was done in earnest the bad release was revoked with it, and each time an
 * agent was let through without a release somebody else looked at it in time.
 */
export const rel05: Control = leafControl<Gone>({
  id: "REL-05",
  reads: ["release"],
  of: "rehearsals of going back, times it was done, and times an agent was let through without a release",
  limits: { rollback_ms: 5000, rehearsed_within_s: 90 * 86_400, reviewed_within_s: 86_400 },
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
  judge: (finding, { world, known, limits }) =>
    withRehearsal(
      withReviews(finding, { world, known }, numberLimit(limits, "reviewed_within_s")),
      world,
      limits,
    ),
});

/** A break-glass in the window that is over is reviewed, or still may be. */
function withReviews(
  finding: Finding,
  { world, known }: Pick<Around, "world" | "known">,
  withinSeconds: number,
): Finding {
  const all = Object.values(known.glasses[world.agent.ref] ?? {});
  const within = all.filter(({ until, reviewed }) => !reviewed || until >= world.window.from);
  const overdue = within.filter(
    ({ until, reviewed }) => !reviewed && until + withinSeconds * 1000 <= world.at,
  );
  const violations = [
    ...overdue.map(({ entry }) => ({
      entry,
      says: "an agent was let through without a release, and nobody reviewed it in time",
    })),
    ...finding.violations,
  ];
  return {
    ...finding,
    population: finding.population + within.length,
    decided: finding.decided + within.length,
    violations,
    violationsInAll: finding.violationsInAll + overdue.length,
    evidence: [...finding.evidence, ...within.map(({ entry, index }) => ({ entry, index }))].slice(0, 32),
  };
}

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
    ],
    violationsInAll: finding.violationsInAll + slow.length,
    drills: passed.map(({ entry }) => entry),
    ...(young.length === 0 ? { stale: "going back was last rehearsed too long ago" } : {}),
  };
}
