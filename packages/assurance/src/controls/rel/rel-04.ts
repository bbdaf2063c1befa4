import type { Control, Finding } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { proposalOf } from "../proposal.ts";
import { GATE_WROTE, PLANE_SAID } from "../vantage.ts";

/** REL-04: what stands is what was brought into force, and tokens of production name it. */
export const rel04: Control = leafControl({
  id: "REL-04",
  reads: ["token"],
  of: "tokens of production, and the release in force",
  vantage: [
    GATE_WROTE,
    PLANE_SAID,
    "Model, prompt and code of the agent are declared: the plane cannot see whether they are what was tested.",
  ],
  look(seen) {
    if (!isSeen(seen, "token") || seen.leaf.agent === undefined || seen.known.environment !== "prod")
      return undefined;
    const agent = seen.leaf.agent.id;
    const named = seen.leaf.body.epochs.map(([name]) => name).filter((name) => name.startsWith("release:"));
    const [release = ""] = named;
    const isThere = named.length === 1 && seen.known.activated[release.slice("release:".length)] === true;
    return isThere
      ? { agent }
      : { agent, breaks: "a token of production names no release that was in force" };
  },
  judge(finding, { world, known }): Finding {
    if (known.agents[world.agent.ref] === undefined) return finding;
    const active = known.active[world.agent.ref];
    const proposed = proposalOf(world, known);
    if (active === undefined)
      return { ...finding, predicate: "no release of this agent is in force on this instance" };
    const isSame =
      active.release === world.release && (world.deployment ?? active.deployment) === active.deployment;
    const counted = { ...finding, population: finding.population + 1, decided: finding.decided + 1 };
    if (isSame || world.isReleaseStanding === true) return counted;
    if (proposed !== undefined && proposed.proposal !== active.proposal)
      return { ...counted, predicate: "what is judged is proposed, and not in force yet" };
    const violations = [
      { says: "what stands is not the release in force: it has drifted" },
      ...finding.violations,
    ];
    return { ...counted, violations, violationsInAll: finding.violationsInAll + 1 };
  },
});
