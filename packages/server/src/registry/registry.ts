import type {
  AgentRecord,
  EntitlementSpec,
  RegistryReader,
  SettingsSpec,
  TrustedIssuer,
} from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { applyPlan } from "./apply-plan.ts";
import { changeLifecycle, type LifecycleChange } from "./change-lifecycle.ts";
import { formatPlan } from "./describe-plan.ts";
import { loadTable } from "./load-table.ts";
import { approvePins, type LearnedOperation, learnPins, type PinChoice, type PinOutcome } from "./pins.ts";
import { makePlan } from "./plan.ts";
import type { Plan, RegistryInput } from "./plan-step.ts";
import type { LiveOperation, RegistryPorts, SignedRequest } from "./ports.ts";
import type { Refused } from "./problems.ts";
import type { RegistryTable } from "./registry-table.ts";
import type { Room } from "./room.ts";
import type { SettingsRow } from "./rows.ts";

/** The policies in force, or that there are none. */
export interface PolicyState {
  readonly digest?: string;
  /** `none`: nothing was applied yet. `rejected`: the stored bundle does not compile with this version. Both deny all. */
  readonly state: "none" | "in_force" | "rejected";
}

/** A plan that can be looked at and applied. */
export interface Proposal extends Plan {
  /** Steps, left-overs, warnings and the lines a person reads. */
  toJson(): JsonObject;
  /** Does it, durably. @throws `conflict` when the registry has changed since, or another code of the evidence */
  apply(request: SignedRequest): Promise<void>;
}

/** The mapping of people to what they may have agents do. One object for as long as it does not change. */
export interface EntitlementsInForce {
  /** Id of the registry leaf that states it. */
  readonly entry: string;
  readonly rules: readonly EntitlementSpec[];
}

/** Agents, servers, issuers, settings, policies and pins: what may exist here, as operators declared it. */
export interface Registry extends RegistryReader {
  /** All agents, retired ones too. */
  agents(): readonly AgentRecord[];
  issuers(): readonly TrustedIssuer[];
  settings(): SettingsSpec;
  /** Leaf that has the settings; undefined where nobody stated any. */
  settingsEntry(): string | undefined;
  /** Undefined: no mapping is in force, and nobody is compared with one. */
  entitlements(): EntitlementsInForce | undefined;
  policy(): PolicyState;
  /** Schema of the policies in force; undefined when there are none. */
  policySchema(): string | undefined;
  revision(): number;
  /** Works out what a document would change. @throws `policy_engine_failed` */
  plan(input: RegistryInput): Proposal | Refused;
  /** Activates, suspends or retires an agent, durably. @throws `not_found`, `conflict` */
  changeLifecycle(change: LifecycleChange, request: SignedRequest): Promise<void>;
  /** Compares what a server states with what was approved. @throws `not_found` */
  learned(server: string, definitions: readonly LiveOperation[]): readonly LearnedOperation[];
  /** Approves definitions that were shown, durably. @throws `not_found`, `conflict` */
  approvePins(
    approval: {
      readonly server: string;
      readonly choices: readonly PinChoice[];
      readonly definitions: readonly LiveOperation[];
    },
    request: SignedRequest,
  ): Promise<PinOutcome>;
}

function installStored({ table, ports }: Room): PolicyState["state"] {
  if (table.policy === undefined) return "none";
  const compiled = ports.compile(table.policy.bundle);
  if (compiled.kind === "rejected") return "rejected";
  compiled.install();
  return "in_force";
}

const remembered = new WeakMap<SettingsRow, EntitlementsInForce>();

function entitlementsOf({ settings }: RegistryTable): EntitlementsInForce | undefined {
  const rules = settings?.settings.entitlements;
  if (settings === undefined || rules === undefined) return undefined;
  const known = remembered.get(settings) ?? { entry: settings.entry, rules };
  remembered.set(settings, known);
  return known;
}

function propose(input: RegistryInput, room: Room): Proposal | Refused {
  const plan = makePlan(input, room);
  if (plan.kind === "refused") return plan;
  return { ...plan, toJson: () => formatPlan(plan), apply: (request) => applyPlan(plan, request, room) };
}

/**
 * Opens the registry: reads it into memory and puts the stored policies in force.
 * ORDER: before the first request is served.
 * @throws NarrowgateError `malformed_input` when a stored row is not what we wrote, `policy_engine_failed`
 */
export async function openRegistry(ports: RegistryPorts): Promise<Registry> {
  const table = await loadTable(ports.state);
  const room: Room = { table, ports };
  const atStart = installStored(room);
  const startDigest = table.policy?.digest;
  const stateNow = (): PolicyState["state"] => (table.policy?.digest === startDigest ? atStart : "in_force");
  return {
    agent: (id) => table.agent(id),
    agentByRef: (ref) => table.agentByRef(ref),
    server: (id) => table.server(id),
    servers: () => table.servers(),
    issuer: (url) => table.issuer(url),
    agents: () => table.agents(),
    issuers: () => table.issuers(),
    settings: () => table.settings?.settings ?? {},
    settingsEntry: () => table.settings?.entry,
    entitlements: () => entitlementsOf(table),
    policy: () => ({
      state: stateNow(),
      ...(table.policy === undefined ? {} : { digest: table.policy.digest }),
    }),
    policySchema: () => table.policy?.bundle.schema,
    revision: () => table.revision,
    plan: (input) => propose(input, room),
    changeLifecycle: async (change, request) => changeLifecycle(change, request, room),
    learned: (server, definitions) => learnPins(server, definitions, table),
    approvePins: (approval, request) => approvePins(approval, request, room),
  };
}
