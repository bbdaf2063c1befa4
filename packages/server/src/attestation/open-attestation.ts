import { NarrowgateError } from "@narrowgate/kernel";
import { admitConsented, type ConsentedKey } from "./admit-consented.ts";
import { type AttestRequest, attestWorkload, type WorkloadRoom } from "./attest-workload.ts";
import {
  type EnrolmentRoom,
  type EnrolRequest,
  enrolInstance,
  type IssuedJoinCode,
  issueJoinCode,
} from "./enrolment/enrol-instance.ts";
import { loadJoinCodes } from "./enrolment/join-codes.ts";
import { isDead } from "./instances/bind-instance.ts";
import { createInstanceTable, type InstanceTable } from "./instances/instance-table.ts";
import { type Instance, loadInstances } from "./instances/stored-instance.ts";
import { createIssuerKeys } from "./keys/issuer-keys.ts";
import type { AttestationPorts, InstanceRecord, InstanceRevocation, Refusal } from "./ports.ts";
import { isRefusal } from "./refusal.ts";
import { createRefusalBudget } from "./refusal-budget.ts";
import { createWorkloadBindings } from "./workload-bindings.ts";

const REFUSALS_PER_MINUTE = 60;

/** An instance as an operator sees it. */
export interface ListedInstance {
  readonly ref: string;
  readonly agent: string;
  readonly name: string;
  readonly method: Instance["method"];
  readonly assurance: Instance["assurance"];
  readonly jkt: string;
  readonly state: "live" | "revoked" | "idle" | "unbound";
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The attestation room: which workload is which agent, under which key. */
export interface Attestation {
  /** The live instance of an agent that holds this key; in memory. */
  instance(agent: string, jkt: string): InstanceRecord | undefined;
  /** Leaf that attested an instance last; undefined when it is not known. In memory. */
  entryOf(ref: string): string | undefined;
  /** Whether any instance was ever given this key: says which budget to count by, and no more. */
  knowsKey(jkt: string): boolean;
  /** Attests by a platform token. @see attestWorkload */
  attest(
    request: AttestRequest,
  ): Promise<{ readonly kind: "attested"; readonly instance: InstanceRecord } | Refusal>;
  /** @see issueJoinCode */
  issueJoinCode(agent: string, operator: string): Promise<IssuedJoinCode>;
  /** @see enrolInstance */
  enrol(request: EnrolRequest): Promise<Instance | Refusal>;
  /** @see admitConsented */
  admitConsented(key: ConsentedKey): Promise<Instance | Refusal>;
  list(): readonly ListedInstance[];
  /** Ends an instance for good, durably. @throws `not_found` */
  revokeInstance(ref: string, by: InstanceRevocation): Promise<void>;
}

type Room = EnrolmentRoom & WorkloadRoom;

async function loadTable(ports: AttestationPorts): Promise<InstanceTable> {
  const table = createInstanceTable();
  // ORDER: by time of use, as the table expects it.
  const instances = [...(await loadInstances(ports.state))].sort((a, b) => a.lastMs - b.lastMs);
  for (const instance of instances) table.put(instance);
  return table;
}

function stateOf(room: Room, instance: Instance): ListedInstance["state"] {
  if (isDead(room, instance)) return "revoked";
  if (!room.bindings.stands(instance.agent, instance.binding, instance.vouchedBy)) return "unbound";
  return room.table.isIdle(instance, room.ports.clock.nowMs()) ? "idle" : "live";
}

function findInstance(room: Room, agent: string, jkt: string): InstanceRecord | undefined {
  const instance = room.table.byKey(jkt);
  if (instance === undefined || instance.agent !== agent) return undefined;
  if (stateOf(room, instance) !== "live") return undefined;
  room.table.touch(instance, room.ports.clock.nowMs());
  return instance;
}

async function revokeInstance(room: Room, ref: string, by: InstanceRevocation): Promise<void> {
  const instance = room.table.byRef(ref);
  if (instance === undefined) throw new NarrowgateError("not_found", "there is no such instance");
  const { agentRef, name } = instance;
  // INVARIANT: the epoch alone says that an instance is dead; a row beside it could only disagree.
  await room.ports.revoke({
    ...by,
    kind: "instance",
    id: ref,
    agent: agentRef,
    ...(name === "" ? {} : { name }),
  });
}

/** Loads instances and join codes before the first request is served. ORDER: after the epochs and the registry. */
export async function openAttestation(ports: AttestationPorts): Promise<Attestation> {
  const room: Room = {
    ports,
    registry: ports.registry,
    table: await loadTable(ports),
    codes: await loadJoinCodes(ports.state),
    budget: createRefusalBudget(ports.clock, REFUSALS_PER_MINUTE),
    bindings: createWorkloadBindings(ports.registry),
    keys: createIssuerKeys(ports),
  };
  return {
    instance: (agent, jkt) => findInstance(room, agent, jkt),
    entryOf: (ref) => room.table.byRef(ref)?.entry,
    knowsKey: (jkt) => room.table.byKey(jkt) !== undefined,
    attest: async (request) => {
      const instance = await attestWorkload(room, request);
      return isRefusal(instance) ? instance : { kind: "attested", instance };
    },
    issueJoinCode: (agent, operator) => issueJoinCode(room, agent, operator),
    enrol: (request) => enrolInstance(room, request),
    admitConsented: (key) => admitConsented(room, key),
    revokeInstance: (ref, by) => revokeInstance(room, ref, by),
    list: () =>
      room.table.list().map((instance) => {
        const { ref, agent, name, method, assurance, jkt, firstMs, lastMs } = instance;
        return { ref, agent, name, method, assurance, jkt, state: stateOf(room, instance), firstMs, lastMs };
      }),
  };
}
