import type { PlanStep } from "./plan-step.ts";
import type { RegistryPorts } from "./ports.ts";
import type { RegistryTable } from "./registry-table.ts";

function willHaveAgents(steps: readonly PlanStep[], table: RegistryTable): boolean {
  const gone = new Set(
    steps.filter(({ kind, action }) => kind === "agent" && action === "retire").map(({ id }) => id),
  );
  return (
    steps.some(({ kind, action }) => kind === "agent" && action === "create") ||
    table.agents().some(({ id, state }) => state !== "retired" && !gone.has(id))
  );
}

function isolationAlert(step: PlanStep, ports: Pick<RegistryPorts, "isolationFault">): readonly string[] {
  if (step.kind !== "server" || step.action === "retire") return [];
  const { upstream } = step.spec;
  const fault = upstream.transport === "stdio" ? ports.isolationFault(upstream) : undefined;
  return fault === undefined
    ? []
    : [`server ${step.id} will not be started here, and its calls are refused: ${fault}`];
}

/** Whether what bounds people is lifted, for everybody. */
function entitlementAlert(steps: readonly PlanStep[], table: RegistryTable): readonly string[] {
  const step = steps.find(({ kind }) => kind === "settings");
  const before = table.settings?.settings.entitlements;
  const ends = step?.kind === "settings" && step.action !== "retire" && step.spec.entitlements === undefined;
  if (before === undefined || !ends) return [];
  return ["entitlements end: after this, agents are given whatever their ceiling allows, whoever asks"];
}

/** What an operator must not overlook in a plan, one sentence each. */
export function planAlerts(
  steps: readonly PlanStep[],
  { table, ports }: { readonly table: RegistryTable; readonly ports: Pick<RegistryPorts, "isolationFault"> },
): readonly string[] {
  const ends = steps.flatMap((step) => (step.kind === "policy" ? step.ends : []));
  const hasPolicies = table.policy !== undefined || steps.some(({ kind }) => kind === "policy");
  const lacks = !hasPolicies && willHaveAgents(steps, table);
  return [
    ...ends.map((id) => `policy ${id} ends: it is in force, and these files do not hold it`),
    ...(lacks ? ["no policy is in force after this: every request of every agent is refused"] : []),
    ...entitlementAlert(steps, table),
    ...steps.flatMap((step) => isolationAlert(step, ports)),
  ];
}
