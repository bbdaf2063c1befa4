import {
  type AgentRecord,
  type Leaf,
  parseLeafBytes,
  type TrustedIssuer,
  type WorkloadBinding,
} from "@narrowgate/contracts";
import { type JsonValue, type ManualClock, parseStrictJson, randomId } from "@narrowgate/kernel";
import { createEnrolEndpoint, type EnrolAnswer } from "../../src/attestation/enrolment/enrol-endpoint.ts";
import { type Attestation, openAttestation } from "../../src/attestation/open-attestation.ts";
import type { AttestationPorts, RegistryPort } from "../../src/attestation/ports.ts";
import { type Containment, openContainment } from "../../src/containment/containment.ts";
import type { Evidence } from "../../src/evidence/evidence.ts";
import { newInstance, type TestInstance } from "../../src/evidence/fixtures/instance.ts";
import { createSafeFetch, type JsonFetcher } from "../../src/platform/fetch/safe-fetch.ts";
import { createBootNonce, createProofVerifier, createSingleUse } from "../../src/platform/jose/index.ts";
import type { Store } from "../../src/platform/store/store.ts";
import { signProof, type WorkloadKey } from "./keys.ts";

export const ISSUER = "https://gate.example";

/** An agent with these bindings. */
export function agent(
  id: string,
  bindings: readonly WorkloadBinding[],
  more: Partial<AgentRecord> = {},
): AgentRecord {
  return {
    id,
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "Olive Owner",
    deputy: "Dan Deputy",
    purpose: "reads invoices",
    tier: "T1",
    expires: 4_000_000_000,
    delegates: [],
    ceiling: {},
    bindings,
    ...more,
  };
}

/** A registry that tests fill. */
export class TestRegistry implements RegistryPort {
  readonly #agents = new Map<string, AgentRecord>();
  readonly #issuers = new Map<string, TrustedIssuer>();
  revision = 0;

  put(...records: readonly AgentRecord[]): this {
    for (const record of records) this.#agents.set(record.id, record);
    this.revision += 1;
    return this;
  }
  trust(issuer: string, more: Partial<TrustedIssuer> = {}): this {
    this.#issuers.set(issuer, { issuer, entry: randomId(), uses: ["workload"], ...more });
    this.revision += 1;
    return this;
  }
  distrust(issuer: string): void {
    this.#issuers.delete(issuer);
    this.revision += 1;
  }
  agents(): readonly AgentRecord[] {
    return [...this.#agents.values()];
  }
  agent(id: string): AgentRecord | undefined {
    return this.#agents.get(id);
  }
  issuer(issuer: string): TrustedIssuer | undefined {
    return this.#issuers.get(issuer);
  }
}

/** The rows of a store as rooms read them. */
function stateOf(store: Store): AttestationPorts["state"] {
  return {
    get: async (room, key) => {
      const text = await store.get(room, key);
      return text === null ? null : parseStrictJson(text);
    },
    scan: async (room, options) =>
      (await store.scan(room, { limit: 1000, ...options })).map(
        ({ key, value }): { key: string; value: JsonValue } => ({
          key,
          value: parseStrictJson(value),
        }),
      ),
  };
}

/** The attestation room over a real log and store. */
export interface TestRoom {
  readonly instance: TestInstance;
  readonly clock: ManualClock;
  readonly registry: TestRegistry;
  attestation: Attestation;
  containment: Containment;
  evidence: Evidence;
  store: Store;
  /** Instances that other rooms were told to give up. */
  readonly forgotten: readonly string[];
  /** Ends the process as it were, and starts it again. */
  restart(): Promise<void>;
  /** `POST /enrol` with a fresh proof of the key. */
  enrol(key: WorkloadKey, body: object): Promise<EnrolAnswer>;
  /** The attestation leaves, in order, each read back strictly. */
  leaves(): Promise<readonly Leaf[]>;
  proofs: ReturnType<typeof createProofVerifier>;
  close(): Promise<void>;
}

export async function newRoom(
  fetcher: JsonFetcher = createSafeFetch({ allowedHosts: [], allowHttpOnLoopback: false }),
): Promise<TestRoom> {
  const instance = await newInstance();
  const { clock } = instance;
  const registry = new TestRegistry();
  const used = createSingleUse();
  const proofs = createProofVerifier({ clock, nonce: createBootNonce(clock, () => used.rotate()), used });
  const forgotten: string[] = [];
  const open = async () => {
    const { evidence, store } = await instance.open();
    const state = stateOf(store);
    const containment = await openContainment({ evidence, state, listeners: [] });
    const attestation = await openAttestation({
      issuer: ISSUER,
      clock,
      evidence,
      state,
      registry,
      epochs: containment,
      revoke: (request) => containment.revoke(request),
      forget: (ref) => ({
        changes: [{ room: "forgotten", key: ref, value: true }],
        apply: () => void forgotten.push(ref),
      }),
      fetcher,
    });
    return { evidence, store, containment, attestation };
  };
  const stop = async (room: Pick<TestRoom, "evidence" | "store">): Promise<void> => {
    await room.evidence.close();
    await room.store.close();
  };
  const room: TestRoom = {
    instance,
    clock,
    registry,
    proofs,
    forgotten,
    ...(await open()),
    async restart() {
      await stop(room);
      Object.assign(room, await open());
    },
    async enrol(key, body) {
      const endpoint = createEnrolEndpoint({
        issuer: ISSUER,
        proofs,
        enrol: (request) => room.attestation.enrol(request),
      });
      const iat = Math.floor(clock.nowMs() / 1000);
      const dpop = await signProof(key, { htu: `${ISSUER}/enrol`, nonce: proofs.nonce(), iat });
      return endpoint.handle({ body: Buffer.from(JSON.stringify(body)), dpop });
    },
    async leaves() {
      await room.evidence.flush();
      const { size } = await room.store.tree();
      const rows = await room.store.entries(0, size);
      return rows.map((row) => parseLeafBytes(row.leaf)).filter((leaf) => leaf.type === "attestation");
    },
    async close() {
      await stop(room);
      await instance.remove();
    },
  };
  return room;
}
