import type { ServerRecord } from "@narrowgate/contracts";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { stagePolicy } from "./apply-plan.ts";
import { ChangeSet } from "./changes.ts";
import { diffFields, type FieldChange } from "./diff-fields.ts";
import { planPolicies } from "./plan-policies.ts";
import type { LiveOperation, OperationKind, SignedRequest } from "./ports.ts";
import type { Refused } from "./problems.ts";
import { OPERATION_LISTS, pinKey, type RegistryTable } from "./registry-table.ts";
import type { Room } from "./room.ts";
import type { PinRow } from "./rows.ts";

/** How a live definition stands to the approved one. */
export interface LearnedOperation {
  readonly kind: OperationKind;
  readonly name: string;
  /**
   * `new`: registered, never approved. `same`, `changed`: against what was approved. `missing`: registered, not stated
   * by the server. `unregistered`: stated, not registered, and therefore never passed.
   */
  readonly state: "new" | "same" | "changed" | "missing" | "unregistered";
  readonly approved?: string;
  readonly current?: string;
  /** For what is new or changed. Trust: the upstream wrote it; show it, never obey it. */
  readonly fields: readonly FieldChange[];
}

/** What an operator approves: exactly the definition that was shown. */
export interface PinChoice {
  readonly kind: OperationKind;
  readonly name: string;
  readonly digest: string;
}

function serverOf(id: string, table: RegistryTable): ServerRecord {
  const server = table.server(id);
  if (server === undefined || server.state === "retired") {
    throw new NarrowgateError("not_found", "no such server is registered");
  }
  return server;
}

function byKey(server: string, definitions: readonly LiveOperation[]): ReadonlyMap<string, LiveOperation> {
  return new Map(definitions.map((live) => [pinKey(server, live.kind, live.name), live]));
}

function learnOne(
  pin: PinRow | undefined,
  live: LiveOperation | undefined,
): Omit<LearnedOperation, "kind" | "name"> {
  const approved = pin === undefined ? {} : { approved: pin.digest };
  if (live === undefined) return { state: "missing", ...approved, fields: [] };
  const current = live.digest;
  if (pin?.digest === current) return { state: "same", ...approved, current, fields: [] };
  const fields = diffFields(pin?.definition ?? {}, live.definition);
  return { state: pin === undefined ? "new" : "changed", ...approved, current, fields };
}

/**
 * Compares what a server states now with what was approved.
 * Trust: `definitions` come from the upstream.
 * @throws NarrowgateError `not_found`
 */
export function learnPins(
  id: string,
  definitions: readonly LiveOperation[],
  table: RegistryTable,
): readonly LearnedOperation[] {
  const server = serverOf(id, table);
  const live = new Map(byKey(id, definitions));
  const registered = OPERATION_LISTS.flatMap(([kind, list]) =>
    server[list].map(({ name }): LearnedOperation => {
      const key = pinKey(id, kind, name);
      const learned = learnOne(table.pin(id, kind, name), live.get(key));
      live.delete(key);
      return { kind, name, ...learned };
    }),
  );
  const rest = [...live.values()].map(
    ({ kind, name, digest }): LearnedOperation => ({
      kind,
      name,
      state: "unregistered",
      current: digest,
      fields: [],
    }),
  );
  return [...registered, ...rest];
}

function isRegistered(server: ServerRecord, { kind, name }: PinChoice): boolean {
  return OPERATION_LISTS.some(([of, list]) => of === kind && server[list].some((item) => item.name === name));
}

function pinRows(
  server: ServerRecord,
  choices: readonly PinChoice[],
  definitions: readonly LiveOperation[],
  table: RegistryTable,
): readonly PinRow[] {
  const live = byKey(server.id, definitions);
  const rows = new Map<string, PinRow>();
  for (const choice of choices) {
    const { kind, name, digest } = choice;
    const key = pinKey(server.id, kind, name);
    const stated = live.get(key);
    if (!isRegistered(server, choice)) {
      throw new NarrowgateError("not_found", "what is to be approved is not registered at this server");
    }
    // What is approved is what was shown: a definition that changed in between is not waved through.
    if (stated?.digest !== digest) {
      throw new NarrowgateError("conflict", "the definition is not the one that was shown; look at it again");
    }
    const old = table.pin(server.id, kind, name);
    if (old?.digest === digest) continue;
    const { definition } = stated;
    const stamp = { ref: old?.ref ?? randomId(), version: (old?.version ?? 0) + 1, entry: randomId() };
    rows.set(key, { ...stamp, server: server.id, kind, name, digest, definition });
  }
  return [...rows.values()];
}

/** What came of an approval. */
export type PinOutcome = { readonly kind: "pinned"; readonly approved: readonly PinChoice[] } | Refused;

/**
 * Approves definitions: one group of leaves, and the policies compiled anew over the changed schema.
 * @param definitions - what the server states now; each choice has to be among them, by digest
 * @returns `refused` when the policies in force do not compile over the new schema; then nothing was changed
 * @throws NarrowgateError `not_found`, `conflict`, `policy_engine_failed`
 */
export async function approvePins(
  approval: {
    readonly server: string;
    readonly choices: readonly PinChoice[];
    readonly definitions: readonly LiveOperation[];
  },
  request: SignedRequest,
  { table, ports }: Room,
): Promise<PinOutcome> {
  const server = serverOf(approval.server, table);
  const rows = pinRows(server, approval.choices, approval.definitions, table);
  const approved = rows.map(({ kind, name, digest }) => ({ kind, name, digest }));
  if (rows.length === 0) return { kind: "pinned", approved };
  const changed = new Set(rows.map(({ kind, name }) => pinKey(server.id, kind, name)));
  const kept = table.pins().filter((pin) => !changed.has(pinKey(pin.server, pin.kind, pin.name)));
  const policies = planPolicies(undefined, [], { table, ports }, [...kept, ...rows]);
  if (policies.kind === "refused") return policies;
  const changes = new ChangeSet(table, request);
  for (const row of rows) changes.putPin(row);
  changes.refreshServer(server.id);
  for (const step of policies.steps) stagePolicy(step, table, changes);
  const { durable } = ports.evidence.record(changes.drafts, changes.changes);
  changes.settle();
  await durable;
  return { kind: "pinned", approved };
}
