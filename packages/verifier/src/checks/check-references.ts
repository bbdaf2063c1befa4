import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

function firstRegistrations(evidence: Evidence): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { leaf, index } of entriesOf(evidence, "registry")) {
    const key = `${leaf.body.kind}:${leaf.body.ref}`;
    if (!first.has(key)) first.set(key, index);
  }
  return first;
}

/**
 * Checks that the bundle holds what its leaves refer to: genesis, the registrations of the agents that asked and of the
 * servers that were called, and the policies in force, each before the leaf that rests on it.
 * @see docs/spec/evidence.md E-22
 */
export function checkReferences(evidence: Evidence, findings: Findings): void {
  const registered = firstRegistrations(evidence);
  const demand = (entry: Entry, kind: "agent" | "server", ref: string): void => {
    if ((registered.get(`${kind}:${ref}`) ?? Number.POSITIVE_INFINITY) > entry.index)
      findings.fail("E-22", `no leaf before it registers the ${kind} it names`, entry.leaf.id);
  };
  if (evidence.entries[0]?.leaf.type !== "genesis" || evidence.entries[0].index !== 0)
    findings.fail("E-22", "the genesis leaf is not in the bundle");
  const firstPolicy = entriesOf(evidence, "policy")[0]?.index ?? Number.POSITIVE_INFINITY;
  for (const entry of entriesOf(evidence, "decision")) {
    if (entry.leaf.agent !== undefined) demand(entry, "agent", entry.leaf.agent.id);
    if (firstPolicy > entry.index)
      findings.fail("E-22", "no policy leaf stands before a decision", entry.leaf.id);
  }
  for (const entry of entriesOf(evidence, "dispatch")) demand(entry, "server", entry.leaf.body.server);
}
