import { invariant, NarrowgateError } from "@narrowgate/kernel";
import { changeLifecycle } from "./change-lifecycle.ts";
import { ChangeSet, newStamp, nextStamp } from "./changes.ts";
import type { Plan, PlanStep } from "./plan-step.ts";
import type { SignedRequest } from "./ports.ts";
import { OPERATION_LISTS, type RegistryTable } from "./registry-table.ts";
import type { Room } from "./room.ts";

type StepFor<K extends PlanStep["kind"]> = Extract<PlanStep, { kind: K }>;

function stageIssuer(step: StepFor<"issuer">, table: RegistryTable, into: ChangeSet): void {
  const old = table.issuerRow(step.id);
  if (step.action === "retire") {
    invariant(old !== undefined, "an issuer that goes was there");
    const { entry, ref, version } = nextStamp(old);
    into.putIssuer({ record: { ...old.record, entry }, ref, version, live: false }, "retired");
    return;
  }
  const { entry, ref, version } = old === undefined ? newStamp() : nextStamp(old);
  const row = { record: { ...step.spec, entry }, ref, version, live: true };
  const action = old === undefined ? "created" : old.live ? "changed" : "activated";
  into.putIssuer(row, action);
}

/** An operation that comes back later is approved anew. */
function stageLostPins(step: StepFor<"server">, table: RegistryTable, into: ChangeSet): void {
  for (const [kind, list] of OPERATION_LISTS) {
    const stays = step.action === "retire" ? [] : step.spec[list].map(({ name }) => name);
    for (const { name } of table.server(step.id)?.[list] ?? []) {
      const pin = table.pin(step.id, kind, name);
      if (pin !== undefined && !stays.includes(name)) into.dropPin(pin);
    }
  }
}

function stageServer(step: StepFor<"server">, table: RegistryTable, into: ChangeSet): void {
  const old = table.server(step.id);
  stageLostPins(step, table, into);
  if (step.action === "retire") {
    invariant(old !== undefined, "a server that goes was there");
    into.putServer({ ...old, ...nextStamp(old), state: "retired" }, "retired");
    return;
  }
  const stamp = old === undefined ? newStamp() : nextStamp(old);
  into.putServer(
    { ...step.spec, ...stamp, state: old?.state ?? "active" },
    old === undefined ? "created" : "changed",
  );
}

function stageAgent(step: StepFor<"agent">, table: RegistryTable, into: ChangeSet): void {
  if (step.action === "retire") return;
  const old = table.agent(step.id);
  const stamp = old === undefined ? newStamp() : nextStamp(old);
  into.putAgent(
    { ...step.spec, ...stamp, state: old?.state ?? "active" },
    old === undefined ? "created" : "changed",
  );
}

function stageSettings(step: StepFor<"settings">, table: RegistryTable, into: ChangeSet): void {
  if (step.action === "retire") return;
  const old = table.settings;
  const stamp = old === undefined ? newStamp() : nextStamp(old);
  into.putSettings({ ...stamp, settings: step.spec }, old === undefined ? "created" : "changed");
}

/** Puts a new bundle into the change. */
export function stagePolicy(step: StepFor<"policy">, table: RegistryTable, into: ChangeSet): void {
  const { digest, procedure, install } = step.compiled;
  const row = { digest, procedure, entry: newStamp().entry, bundle: step.bundle };
  into.putPolicy(row, table.policy?.digest, install);
}

function stage(step: PlanStep, table: RegistryTable, into: ChangeSet): void {
  switch (step.kind) {
    case "issuer":
      stageIssuer(step, table, into);
      break;
    case "server":
      stageServer(step, table, into);
      break;
    case "agent":
      stageAgent(step, table, into);
      break;
    case "settings":
      stageSettings(step, table, into);
      break;
    case "policy":
      stagePolicy(step, table, into);
      break;
  }
}

/** Whether files are other ones; a schema that follows the registry is nobody's choice of policies. */
function isPublication(step: PlanStep): step is StepFor<"policy"> {
  return step.kind === "policy" && step.fields.some(({ path }) => path !== "/schema");
}

/**
 * Applies a plan: one group of leaves with its state. Agents that go are retired one by one before it in the same turn,
 * each with its revocation, for the numbers of the feed follow one another.
 * @throws NarrowgateError `conflict` when the registry has changed since the plan was made, or somebody else has to publish
 * the same policies; then nothing was done
 */
export async function applyPlan(
  { steps, revision }: Plan,
  request: SignedRequest,
  room: Room,
): Promise<void> {
  const { table, ports } = room;
  if (table.revision !== revision) {
    throw new NarrowgateError("conflict", "the registry has changed since this plan was made; plan again");
  }
  for (const step of steps) if (isPublication(step)) ports.mayPublish?.(step.compiled.digest, request);
  const waits: Promise<void>[] = [];
  // ORDER: what is taken away goes first. Should the writer stop between the groups, nothing was widened.
  for (const step of steps) {
    if (step.kind !== "agent" || step.action !== "retire") continue;
    waits.push(
      changeLifecycle(
        { id: step.id, to: "retired", reason: "no longer in the registry file" },
        request,
        room,
      ),
    );
  }
  const changes = new ChangeSet(table, request);
  for (const step of steps) stage(step, table, changes);
  if (changes.drafts.length > 0) {
    waits.push(ports.evidence.record(changes.drafts, changes.changes).durable);
    // ORDER: in memory from the turn the group is queued; every later leaf stands behind it in the log.
    changes.settle();
  }
  await Promise.all(waits);
}
