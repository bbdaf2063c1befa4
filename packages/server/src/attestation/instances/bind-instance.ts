import type { AgentRecord, Assurance, StateChange } from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import { acceptedLeaf, type Shown } from "../attestation-leaf.ts";
import type { AttestationPorts, Refusal } from "../ports.ts";
import { refuse } from "../refusal.ts";
import { type InstanceTable, MAX_INSTANCES } from "./instance-table.ts";
import { byConsent, formatInstance, INSTANCE_ROOM, type Instance } from "./stored-instance.ts";

/** A workload that is this agent, beyond doubt; its key is proven. */
export interface Claim {
  readonly agent: AgentRecord;
  readonly shown: Shown;
  /** Empty when only the thumbprint of the key is known. */
  readonly jwk: JsonObject;
  readonly assurance: Assurance;
  readonly binding: string;
  readonly vouchedBy: string;
  readonly name: string;
}

/** What binding needs of the room. */
export interface BindingRoom {
  readonly ports: Pick<AttestationPorts, "clock" | "evidence" | "epochs" | "forget">;
  readonly table: InstanceTable;
}

/** A bound instance; it is on record once `durable` has resolved. */
export interface Bound {
  readonly kind: "bound";
  readonly instance: Instance;
  readonly durable: Promise<void>;
}

/** Was this instance revoked? It never comes back. */
export function isDead({ ports }: Pick<BindingRoom, "ports">, { ref }: Instance): boolean {
  return ports.epochs.current(`instance:${ref}`) > 0;
}

/** Idle instances to forget: those in front of the queue, and those whose key or platform name is asked for now. */
function forgetIdle(
  room: BindingRoom,
  claimed: readonly (Instance | undefined)[],
  nowMs: number,
): readonly Instance[] {
  const { table } = room;
  const gone = new Map<string, Instance>();
  const idle = claimed.filter((instance) => instance !== undefined && table.isIdle(instance, nowMs));
  for (const instance of [...table.idle(nowMs), ...idle]) {
    if (instance === undefined) continue;
    if (isDead(room, instance)) table.keep(instance);
    else gone.set(instance.ref, instance);
  }
  return [...gone.values()];
}

/** The instance that has this key and this platform name already; a refusal when they are not the same one. */
function standing(
  room: BindingRoom,
  agentId: string,
  byKey: Instance | undefined,
  byPlatform: Instance | undefined,
): Instance | Refusal | undefined {
  const found = byPlatform ?? byKey;
  if (found === undefined) return undefined;
  if (isDead(room, found) || (byKey !== undefined && isDead(room, byKey))) return refuse("revoked");
  const isSame = byPlatform === byKey && found.agent === agentId;
  return isSame ? found : refuse("instance_bound");
}

function instanceOf(claim: Claim, known: Instance | undefined, platform: string, nowMs: number): Instance {
  const { agent, shown, assurance, binding, vouchedBy, name } = claim;
  return {
    ref: known?.ref ?? randomId(),
    agent: agent.id,
    agentRef: agent.ref,
    jkt: shown.jkt,
    jwk: Object.keys(claim.jwk).length > 0 ? claim.jwk : (known?.jwk ?? {}),
    entry: randomId(),
    assurance,
    method: shown.method,
    binding,
    vouchedBy,
    platform,
    name,
    firstMs: known?.firstMs ?? nowMs,
    lastMs: nowMs,
    ...byConsent(shown.method, platform),
  };
}

/**
 * Binds a workload to its key: the same instance again when it is known, else a new one.
 *
 * ORDER: looked up, recorded and put in memory in one turn, so that of two keys for one instance exactly one wins.
 * Guarantee: leaf and row are one commit.
 * @returns `instance_bound` when instance or key belong to another, `revoked`, `overloaded`
 * @throws what `record` throws; then nothing has changed
 */
export function bindInstance(
  room: BindingRoom,
  claim: Claim,
  more: readonly StateChange[] = [],
): Bound | Refusal {
  const { table, ports } = room;
  const nowMs = ports.clock.nowMs();
  const { platformInstance } = claim.shown;
  const platform = platformInstance === undefined ? "" : sha256Base64url(platformInstance);
  const byKey = table.byKey(claim.shown.jkt);
  const byPlatform = platform === "" ? undefined : table.byPlatform(platform);
  const gone = forgetIdle(room, [byKey, byPlatform], nowMs);
  const awake = (instance?: Instance): Instance | undefined =>
    instance !== undefined && gone.includes(instance) ? undefined : instance;
  const known = standing(room, claim.agent.id, awake(byKey), awake(byPlatform));
  if (known !== undefined && "kind" in known) return known;
  if (known === undefined && table.size - gone.length >= MAX_INSTANCES) return refuse("overloaded");
  const instance = instanceOf(claim, known, platform, nowMs);
  const elsewhere = gone.map(({ ref }) => ports.forget(ref));
  const { durable } = ports.evidence.record(
    [acceptedLeaf(claim.shown, instance)],
    [
      ...gone.map(({ ref }) => ({ room: INSTANCE_ROOM, key: ref, value: null })),
      ...elsewhere.flatMap(({ changes }) => changes),
      { room: INSTANCE_ROOM, key: instance.ref, value: formatInstance(instance) },
      ...more,
    ],
  );
  gone.forEach(table.remove);
  for (const each of elsewhere) each.apply();
  table.put(instance);
  return { kind: "bound", instance, durable };
}
