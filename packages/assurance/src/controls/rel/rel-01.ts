import { RELEASE_ROLES } from "@narrowgate/contracts";
import { type Control, type Finding, type Limits, numberLimit } from "../../fold/control.ts";
import type { KnownRelease } from "../../fold/known.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import type { World } from "../../fold/world.ts";
import { judgedProposal } from "../proposal.ts";
import { PEOPLE_SIGNED } from "../vantage.ts";

/** REL-01: four people in four roles signed exactly what is judged, none of them behind the agent. */
export const rel01: Control = worldControl({
  id: "REL-01",
  of: "signatures under the release",
  limits: { signature_age_s: 90 * 86_400 },
  vantage: [PEOPLE_SIGNED, "That each of them had the page open is the word of the instance that showed it."],
  judge({ world, known, limits }) {
    const proposal = judgedProposal(world, known);
    if (proposal === undefined) return { ...nothingFound(), unmet: "this release was not proposed" };
    if (proposal.refused) return ended(proposal);
    return ofSignatures(proposal, world, limits);
  },
});

function ended({ entry, index }: KnownRelease): Finding {
  const violations = [{ entry, says: "the proposal was refused or withdrawn" }];
  return { population: 1, decided: 1, violations, violationsInAll: 1, evidence: [{ entry, index }] };
}

function ofSignatures(proposal: KnownRelease, world: World, limits: Limits): Finding {
  const signatures = Object.entries(proposal.signed);
  const missing = RELEASE_ROLES.filter((role) => proposal.signed[role] === undefined);
  const isOther = world.deployment !== undefined && world.deployment !== proposal.deployment;
  const behind = [world.agent.owner, world.agent.deputy, ...world.authors];
  const seen = new Set<string>();
  const faults = signatures.flatMap(([role, { person, at, entry, isEligible }]) => {
    const isTwice = seen.has(person);
    seen.add(person);
    const says = [
      ...(isTwice ? [`${role}: the same person has signed in another role`] : []),
      ...(behind.includes(person) ? [`${role}: signed by somebody behind the agent`] : []),
      ...(isEligible ? [] : [`${role}: the signer did not hold the role, or the passkey is not hers`]),
      ...(world.at - at > numberLimit(limits, "signature_age_s") * 1000
        ? [`${role}: signed too long ago`]
        : []),
    ];
    return says.map((one) => ({ entry, says: one }));
  });
  const other = isOther
    ? [{ entry: proposal.entry, says: "what stands now is another deployment than was signed" }]
    : [];
  const gap = missing.length === 0 ? {} : { unmet: `not signed yet: ${missing.join(", ")}` };
  return {
    population: signatures.length,
    decided: signatures.length,
    violations: [...other, ...faults],
    violationsInAll: other.length + faults.length,
    evidence: signatures.map(([, { entry, index }]) => ({ entry, index })),
    ...gap,
  };
}
