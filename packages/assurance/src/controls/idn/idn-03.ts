import type { Control } from "../../fold/control.ts";
import { leafControl, nothingFound } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { signedProposal } from "../proposal.ts";
import { GATE_WROTE, PEOPLE_SIGNED } from "../vantage.ts";

/** IDN-03: the manifest of what is judged is signed, and tokens of production name a release that was brought into force. */
export const idn03: Control = leafControl({
  id: "IDN-03",
  reads: ["token"],
  of: "signed manifests, and tokens of production",
  vantage: [GATE_WROTE, PEOPLE_SIGNED],
  look(seen) {
    if (!isSeen(seen, "token") || seen.leaf.agent === undefined || seen.known.environment !== "prod")
      return undefined;
    const agent = seen.leaf.agent.id;
    const named = seen.leaf.body.epochs.map(([name]) => name).filter((name) => name.startsWith("release:"));
    if (named.length === 0) return { agent, breaks: "a token of production names no release" };
    const isKnown = named.every((name) => seen.known.activated[name.slice("release:".length)] === true);
    return isKnown
      ? { agent }
      : { agent, breaks: "a token names a release that was never brought into force" };
  },
  judge(finding, { world, known }) {
    if (known.agents[world.agent.ref] === undefined) return nothingFound();
    const signed = signedProposal(world, known);
    const counted = { ...finding, population: finding.population + 1, decided: finding.decided + 1 };
    return signed === undefined
      ? { ...counted, unmet: "the manifest is not signed by all four roles" }
      : counted;
  },
});
