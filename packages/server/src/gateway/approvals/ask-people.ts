import type { GatewayDeps, NotAsked, WaitingApproval } from "../ports.ts";
import type { Known } from "../stages.ts";

const nobody: NotAsked = {
  kind: "not_asked",
  sentence:
    "A person must approve this call, and this gate has no place where people approve; tell the operator.",
};
const resumed: NotAsked = {
  kind: "not_asked",
  sentence:
    "A person must approve this call, and nobody can approve one that carries answers to the server's questions.",
};

/**
 * Puts a call that policy refused for want of a signature before people. Call in the turn of the refusal's record.
 * @param decision - leaf id the refusal will have
 * @returns undefined when no signature would help
 */
export function askPeople(
  { deps }: { readonly deps: Pick<GatewayDeps, "approvals"> },
  { verdict, question }: Known,
  decision: string,
): WaitingApproval | NotAsked | undefined {
  if (verdict?.code !== "approval_required" || question === undefined) return undefined;
  if (deps.approvals === undefined) return nobody;
  if (question.isResumed === true) return resumed;
  const { requires = [], reason, policy } = verdict;
  return deps.approvals.ask(question, { decision, requires, reason, policy });
}
