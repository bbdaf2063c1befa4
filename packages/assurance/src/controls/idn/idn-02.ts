import { type Control, type Finding, type Limits, numberLimit } from "../../fold/control.ts";
import type { Known, KnownAgent } from "../../fold/known.ts";
import { leafControl, nothingFound } from "../../fold/leaf-control.ts";
import type { World } from "../../fold/world.ts";
import { GATE_WROTE, OPERATOR_SIGNED } from "../vantage.ts";

const limits = {
  attested_within_s: 90 * 86_400,
  T1_life_s: 730 * 86_400,
  T2_life_s: 548 * 86_400,
  T3_life_s: 456 * 86_400,
};

/** IDN-02: owner and deputy are two enrolled people, the agent expires in time, and nothing is minted after that. */
export const idn02: Control = leafControl({
  id: "IDN-02",
  reads: ["token"],
  of: "people behind the agent, its expiry, and its tokens",
  limits,
  vantage: [
    GATE_WROTE,
    OPERATOR_SIGNED,
    "That an enrolled person is who she is said to be rests on whoever enrolled her; there is no directory to ask.",
  ],
  look({ leaf, known }) {
    if (leaf.agent === undefined) return undefined;
    const agent = leaf.agent.id;
    const expires = known.agents[agent]?.expires;
    if (expires === undefined) return { agent, undecided: true };
    return leaf.at >= expires * 1000
      ? { agent, breaks: "a token was minted after the agent expired" }
      : { agent };
  },
  judge(finding, { world, known, limits: of }) {
    const agent = known.agents[world.agent.ref];
    if (agent === undefined) return nothingFound();
    const dated = people(finding, world, known, wrongDates(agent, world, of));
    // A registration that is not disclosed does not say when the agent expires.
    return agent.expires === undefined ? { ...dated, decided: dated.decided - 1 } : dated;
  },
});

function wrongDates(
  { createdAt, changedAt, expires = 0 }: KnownAgent,
  { agent, at }: World,
  of: Limits,
): string[] {
  const life = numberLimit(of, `${agent.tier}_life_s`);
  return [
    ...(expires - createdAt / 1000 > life ? ["the agent expires later than its tier allows"] : []),
    ...(at - changedAt > numberLimit(of, "attested_within_s") * 1000
      ? ["nobody has stated the registration anew for too long"]
      : []),
  ];
}

function people(finding: Finding, { agent }: World, known: Known, wrong: readonly string[]): Finding {
  const { owner, deputy } = agent;
  const gone = [owner, deputy].filter((ref) => ref !== undefined && known.people[ref]?.isActive === false);
  const says = [
    ...wrong,
    ...gone.map(() => "somebody behind the agent is no longer enrolled"),
    ...(owner !== undefined && owner === deputy ? ["owner and deputy are one person"] : []),
  ];
  const nobody = [owner, deputy].some((ref) => ref === undefined || known.people[ref] === undefined);
  return {
    ...finding,
    population: finding.population + 4,
    decided: finding.decided + (nobody ? 3 : 4),
    violations: [...says.map((one) => ({ says: one })), ...finding.violations],
    violationsInAll: finding.violationsInAll + says.length,
    ...(nobody ? { unmet: "no enrolled person stands behind the owner or the deputy" } : {}),
  };
}
