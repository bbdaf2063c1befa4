import type { SettingsSpec } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { diffFields } from "./diff-fields.ts";
import { planAlerts } from "./plan-alerts.ts";
import { planPolicies } from "./plan-policies.ts";
import type { Declared, Plan, PlanStep, RegistryInput, StepOf } from "./plan-step.ts";
import type { RegistryPorts } from "./ports.ts";
import type { Refused } from "./problems.ts";
import type { RegistryTable } from "./registry-table.ts";
import { resolveDocument, type Wanted } from "./resolve-document.ts";
import { agentSpec, issuerSpec, serverSpec } from "./specs.ts";
import { failedTests } from "./test-policies.ts";

interface Known<S> {
  readonly id: string;
  readonly spec: S;
}

/** Steps and what is left over, for one kind. */
function compare<K extends "agent" | "server" | "issuer">(
  kind: K,
  wanted: readonly Known<Declared[K]>[],
  known: readonly Known<Declared[K]>[],
): { readonly steps: StepOf<K>[]; readonly others: readonly string[] } {
  const before = new Map(known.map(({ id, spec }) => [id, spec]));
  const steps: StepOf<K>[] = [];
  for (const { id, spec } of wanted) {
    const old = before.get(id);
    const fields = diffFields(old === undefined ? {} : { ...old }, { ...spec });
    if (old === undefined) steps.push({ kind, id, action: "create", fields, spec });
    else if (fields.length > 0) steps.push({ kind, id, action: "change", fields, spec });
    before.delete(id);
  }
  return { steps, others: [...before.keys()] };
}

type Leftover = { readonly kind: "agent" | "server" | "issuer"; readonly id: string };

function objectSteps(wanted: Wanted, table: RegistryTable): { steps: PlanStep[]; others: Leftover[] } {
  const issuers = compare(
    "issuer",
    wanted.issuers.map((spec) => ({ id: spec.issuer, spec })),
    table.issuers().map((record) => ({ id: record.issuer, spec: issuerSpec(record) })),
  );
  const servers = compare(
    "server",
    wanted.servers.map((spec) => ({ id: spec.id, spec })),
    table.servers().map((record) => ({ id: record.id, spec: serverSpec(record) })),
  );
  const agents = compare(
    "agent",
    wanted.agents.map((spec) => ({ id: spec.id, spec })),
    table
      .agents()
      .filter(({ state }) => state !== "retired")
      .map((record) => ({ id: record.id, spec: agentSpec(record) })),
  );
  return {
    steps: [...issuers.steps, ...servers.steps, ...agents.steps],
    others: [
      ...issuers.others.map((id) => ({ kind: "issuer", id }) as const),
      ...servers.others.map((id) => ({ kind: "server", id }) as const),
      ...agents.others.map((id) => ({ kind: "agent", id }) as const),
    ],
  };
}

function settingsStep(wanted: SettingsSpec, table: RegistryTable): PlanStep[] {
  const before: JsonObject = { ...table.settings?.settings };
  const fields = diffFields(before, { ...wanted });
  if (fields.length === 0) return [];
  const action = table.settings === undefined ? "create" : "change";
  return [{ kind: "settings", id: "settings", action, fields, spec: wanted }];
}

/**
 * Works out what applying a document would do. Changes nothing.
 * @returns the plan, or every problem that keeps the document from being applied
 * @throws NarrowgateError `policy_engine_failed`
 */
export function makePlan(
  { document, files, prune, tests = [] }: RegistryInput,
  { table, ports }: { readonly table: RegistryTable; readonly ports: RegistryPorts },
): Plan | Refused {
  const { baseUrl, isolationFault } = ports;
  const around = { table, baseUrl, nowMs: ports.clock.nowMs(), prune, isolationFault };
  const wanted = resolveDocument(document, around);
  if (wanted.kind === "refused") return wanted;
  const { steps, others } = objectSteps(wanted, table);
  if (prune) steps.push(...others.map((other): PlanStep => ({ ...other, action: "retire", fields: [] })));
  steps.push(...settingsStep(wanted.settings, table));
  const policies = planPolicies(files, steps, { table, ports });
  if (policies.kind === "refused") return policies;
  const failed = failedTests(policies, tests, { wanted, table });
  if (failed !== undefined) return failed;
  const all = [...steps, ...policies.steps];
  return {
    kind: "plan",
    revision: table.revision,
    steps: all,
    unmanaged: prune ? [] : others,
    warnings: policies.warnings,
    alerts: planAlerts(all, { table, ports }),
  };
}
