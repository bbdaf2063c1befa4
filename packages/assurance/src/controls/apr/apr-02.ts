import type { Control, Finding } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen, type Seen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { isReadOnly, reachesNoIrreversible } from "../reach.ts";
import { GATE_WROTE, PEOPLE_SIGNED } from "../vantage.ts";

/** Who approved for which agent: the newest leaf, by agent ref and person ref. */
type Approvers = { by: { [agent: string]: { [person: string]: Given } } };
type Given = { readonly entry: string; readonly at: number };

/** APR-02: who approves is enrolled, holds the role, signs with her own passkey, and is not behind the agent. */
export const apr02: Control = leafControl<Approvers>({
  id: "APR-02",
  reads: ["approval"],
  of: "approvals that a person gave or refused",
  vantage: [
    GATE_WROTE,
    PEOPLE_SIGNED,
    "That the approver is not the subject under another name is checked by the offline verifier (E-31), with the names that are sealed.",
  ],
  keeps: () => ({ by: {} }),
  look(seen, _, kept) {
    if (!isSeen(seen, "approval")) return undefined;
    const { person, action } = seen.leaf.body;
    if (person === undefined || (action !== "approved" && action !== "refused")) return undefined;
    remember(kept, seen.leaf.agent?.id, person, { entry: seen.leaf.id, at: seen.leaf.at });
    const fault = faultOf(seen, person);
    return fault === undefined ? agentOf(seen) : { ...agentOf(seen), breaks: fault };
  },
  judge(finding, around) {
    const { world, kept } = around;
    if (finding.population === 0 && reachesNoIrreversible(around))
      return { ...finding, predicate: isReadOnly };
    const inWindow = Object.entries(kept.by[world.agent.ref] ?? {}).filter(
      ([, { at }]) => at >= world.window.from,
    );
    return behindTheAgent(finding, Object.fromEntries(inWindow), [world.agent.owner, world.agent.deputy]);
  },
});

function remember({ by }: Approvers, agent: string | undefined, person: string, given: Given): void {
  if (agent === undefined) return;
  by[agent] = { ...by[agent], [person]: given };
}

function faultOf({ leaf, known }: Seen<"approval">, person: string): string | undefined {
  const { approval, credential = "", role } = leaf.body;
  const approver = known.people[person];
  if (approver === undefined || !approver.isActive) return "an approver is not enrolled";
  if (role === undefined || !approver.roles.includes(role)) return "an approver does not hold the role";
  if (approver.passkeys[credential] === undefined)
    return "an approval was signed with a passkey that is not hers";
  const others = Object.values(known.approvals[approval]?.approved ?? {});
  return others.some((other) => other.person === person) ? "one person signed twice for one call" : undefined;
}

function behindTheAgent(
  finding: Finding,
  approvers: { readonly [person: string]: Given },
  behind: readonly (string | undefined)[],
): Finding {
  const own = Object.entries(approvers).filter(([person]) => behind.includes(person));
  const violations = own.map(([, { entry }]) => ({
    entry,
    says: "the agent's owner or deputy approved for it",
  }));
  return {
    ...finding,
    violations: [...violations, ...finding.violations],
    violationsInAll: finding.violationsInAll + own.length,
  };
}
