import type {
  AccessTokenClaims,
  AgentRecord,
  EpochPair,
  MandateRecord,
  ServerRecord,
} from "@narrowgate/contracts";
import {
  type JsonObject,
  type ManualClock,
  manualClock,
  randomId,
  toBase64url,
  utf8,
} from "@narrowgate/kernel";
import { sha256Base64url } from "../../src/platform/crypto-hash/sha256.ts";
import type {
  AssertionUse,
  InstanceRecord,
  MintDecision,
  MintFacts,
  PortRefusal,
  StsPorts,
  VerifiedProof,
} from "../../src/sts/ports.ts";
import type { Authenticated, Parsed } from "../../src/sts/stages.ts";
import { MemoryEvidence } from "../admin/memory-evidence.ts";

export const ISSUER = "https://gate.example";
export const NOW_S = 1_795_000_000;
export const FILES = `${ISSUER}/mcp/files`;
export const MAIL = `${ISSUER}/mcp/mail`;
export const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Wire form of what the agents of this world may do. */
export const AUTHORITY: JsonObject = {
  scope: ["files:read", "files:write"],
  resource: [FILES, MAIL],
  authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read", "write"], depth: 3 }],
};

/**
 * What the steps of the token endpoint stand among: every port with just enough behind it, open to change by a test, and
 * the real form of evidence.
 */
export interface StepWorld {
  readonly clock: ManualClock;
  readonly evidence: MemoryEvidence;
  readonly agents: Map<string, AgentRecord>;
  readonly servers: Map<string, Partial<ServerRecord>>;
  readonly epochs: Map<string, number>;
  readonly mandates: Map<string, MandateRecord>;
  /** `<agent> <jkt>` to instance. */
  readonly instances: Map<string, InstanceRecord>;
  /** What each proof, token and assertion verifies as; anything else is refused. */
  readonly proofs: Map<string, VerifiedProof>;
  readonly tokens: Map<string, AccessTokenClaims>;
  readonly assertions: Map<string, AssertionUse>;
  /** What a platform token attests to. */
  readonly attested: Map<string, InstanceRecord>;
  /** Every question to a port whose order or content matters. */
  readonly asked: { readonly port: string; readonly input: JsonObject }[];
  readonly spent: Set<string>;
  decision: Partial<MintDecision>;
  readonly facts: MintFacts[];
  tokenLifeSeconds: number;
  readonly ports: StsPorts;
}

function refused(code: PortRefusal["code"], description: string): PortRefusal {
  return { kind: "refused", code, description };
}

export function agentRecord(id: string, more: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id,
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "Ada",
    deputy: "Grace",
    purpose: "sort mail",
    tier: "T1",
    expires: NOW_S + 86_400,
    delegates: [],
    ceiling: AUTHORITY,
    bindings: [],
    ...more,
  };
}

export function instanceRecord(agent: string, jkt: string): InstanceRecord {
  return { ref: randomId(), agent, jkt, jwk: { kid: jkt }, entry: randomId(), assurance: "enrolled" };
}

export function mandateRecord(agent: string, more: Partial<MandateRecord["document"]> = {}): MandateRecord {
  return {
    id: randomId(),
    txn: `${randomId()}.${randomId()}`,
    entry: randomId(),
    document: {
      v: 1,
      salt: randomId(),
      agent,
      subject: "https://idp.example#ada",
      purpose: "sort mail",
      authority: AUTHORITY,
      expires: NOW_S + 3600,
      idleSeconds: 600,
      ...more,
    },
    digest: randomId(),
    subjectRef: randomId(),
    basis: "operator",
    state: "open",
    openedAtMs: NOW_S * 1000,
  };
}

/** An assertion whose parts can be read, signed by nobody: whether it verifies is for the world to say. */
export function assertionOf(header: JsonObject, claims: JsonObject): string {
  const part = (value: JsonObject): string => toBase64url(utf8(JSON.stringify(value)));
  return `${part(header)}.${part(claims)}.${toBase64url(utf8("signature"))}`;
}

type Places = Omit<StepWorld, "ports">;

function epochPorts({ epochs }: Places): StsPorts["epochs"] {
  const current = (kindRef: string): number => epochs.get(kindRef) ?? 0;
  return {
    current,
    firstDead: (pairs) => pairs.find(([kindRef, epoch]) => current(kindRef) > epoch)?.[0],
    position: () => [...epochs.values()].reduce((sum, epoch) => sum + epoch, 0),
  };
}

function readers(world: Places): Pick<StsPorts, "registry" | "mandates"> {
  const { agents, servers, mandates } = world;
  return {
    registry: {
      agent: (id) => agents.get(id),
      agentByRef: (ref) => [...agents.values()].find((agent) => agent.ref === ref),
      // A step looks at the state of a server and at nothing else of it.
      server: (id) => servers.get(id) as ServerRecord | undefined,
      servers: () => [],
      issuer: () => undefined,
    },
    mandates: {
      mandate: (id) => mandates.get(id),
      checkOpen(id) {
        const mandate = mandates.get(id);
        if (mandate === undefined) return { kind: "refused", code: "mandate_unknown" };
        return mandate.state === "open"
          ? { kind: "open", mandate }
          : { kind: "refused", code: "mandate_closed" };
      },
      openAutonomous({ agent, authority }) {
        const mandate = mandateRecord(agent, { subject: `agent:${agent}`, authority });
        world.asked.push({ port: "openAutonomous", input: { agent } });
        const admit = (): void => {
          world.asked.push({ port: "admit", input: { leaves: world.evidence.leaves.length } });
          mandates.set(mandate.id, mandate);
        };
        const body = {
          action: "opened",
          mandate: mandate.id,
          subject: mandate.subjectRef,
          basis: mandate.basis,
          digest: sha256Base64url(mandate.id),
          expires: mandate.document.expires,
        };
        const draft = { type: "mandate", txn: mandate.txn, body, content: { document: {} } } as const;
        return { mandate, draft, changes: [{ room: "mandates", key: mandate.id, value: {} }], admit };
      },
    },
  };
}

function verifiers(world: Places): Pick<StsPorts, "attestation" | "proofs" | "tokens" | "assertions"> {
  const ask = (port: string, input: JsonObject): void => {
    world.asked.push({ port, input });
  };
  return {
    attestation: {
      instance: (agent, jkt) => world.instances.get(`${agent} ${jkt}`),
      async attest({ assertion, jkt, dpop, method }) {
        ask("attest", { assertion, jkt, dpop, method: method ?? null });
        const instance = world.attested.get(assertion);
        return instance === undefined
          ? refused("invalid_client", "no such workload")
          : { kind: "attested", instance };
      },
    },
    proofs: {
      async verify({ proof, method, url }) {
        ask("proof", { proof, method, url });
        const verified = world.proofs.get(proof);
        return verified === undefined
          ? refused("use_dpop_nonce", "sign it again")
          : { kind: "proof", ...verified };
      },
      nonce: () => "nonce",
    },
    tokens: {
      async verify(jws) {
        const claims = world.tokens.get(jws);
        return claims === undefined
          ? refused("invalid_token", "unknown signature")
          : { kind: "token", claims, digest: sha256Base64url(jws) };
      },
    },
    assertions: {
      async verify({ assertion, agent, jwk }) {
        ask("assertion", { agent, kid: jwk["kid"] ?? null });
        const use = world.assertions.get(assertion);
        return use === undefined ? refused("invalid_client", "wrong key") : { kind: "assertion", ...use };
      },
    },
  };
}

function takeOnce({ spent }: Places, name: string): boolean {
  if (spent.has(name)) return false;
  spent.add(name);
  return true;
}

function portsOf(world: Places): StsPorts {
  return {
    issuer: ISSUER,
    environment: "dev",
    clock: world.clock,
    evidence: world.evidence,
    epochs: epochPorts(world),
    ...readers(world),
    ...verifiers(world),
    handOffs: {
      take(name, expires, nowS) {
        world.asked.push({ port: "handOff", input: { name, expires, nowS } });
        return takeOnce(world, name) ? [{ room: "hand-off", key: name, value: expires }] : undefined;
      },
    },
    assertionUses: {
      take({ use }, beside) {
        world.asked.push({ port: "use", input: { use, beside } });
        return takeOnce(world, use) ? Promise.resolve() : undefined;
      },
    },
    revokeToken: async () => undefined,
    signer: () => ({ kid: "key-1", sign: async () => utf8("signature") }),
    policyInForce: () => ({ policy: sha256Base64url("policy"), procedure: sha256Base64url("procedure") }),
    decideMint(facts) {
      world.facts.push(facts);
      return {
        verdict: "permit",
        policies: [],
        reason: "a reason",
        policy: sha256Base64url("policy"),
        procedure: sha256Base64url("procedure"),
        inputs: [{ path: "/action/id", value: facts.action, from: { by: "gate" } }],
        ...world.decision,
      };
    },
    tokenLifeSeconds: () => world.tokenLifeSeconds,
  };
}

/** A world with two servers and nobody in it. */
export function stepWorld(): StepWorld {
  const places: Places = {
    clock: manualClock(NOW_S * 1000),
    evidence: new MemoryEvidence(),
    agents: new Map(),
    servers: new Map([
      ["files", { id: "files", state: "active" }],
      ["mail", { id: "mail", state: "active" }],
    ]),
    epochs: new Map(),
    mandates: new Map(),
    instances: new Map(),
    proofs: new Map(),
    tokens: new Map(),
    assertions: new Map(),
    attested: new Map(),
    asked: [],
    spent: new Set(),
    decision: {},
    facts: [],
    tokenLifeSeconds: 300,
  };
  return Object.assign(places, { ports: portsOf(places) });
}

/** A parsed request of one form. */
export function parsed(params: Readonly<Record<string, string>>, targets: readonly string[] = []): Parsed {
  return {
    form: "grant_type=client_credentials",
    contentType: "application/x-www-form-urlencoded",
    dpop: "proof",
    url: `${ISSUER}/token`,
    request: {
      grant: params["grant_type"] ?? "client_credentials",
      params: new Map(Object.entries(params)),
      targets,
    },
  };
}

/** An agent with an enrolled instance, as it stands after it was authenticated. */
export function enrolled(world: StepWorld, id: string, more: Partial<AgentRecord> = {}): Caller {
  const client = agentRecord(id, more);
  const jkt = sha256Base64url(`key of ${id}`);
  const instance = instanceRecord(id, jkt);
  world.agents.set(id, client);
  world.instances.set(`${id} ${jkt}`, instance);
  return { client, instance, proof: { jkt, use: sha256Base64url(`use of ${id}`) }, dpop: "proof" };
}

/** What authentication adds to a request. */
export type Caller = Pick<Authenticated, "client" | "instance" | "proof" | "dpop">;

/** Puts a mandate into the world. */
export function given(
  world: StepWorld,
  agent: string,
  more: Partial<MandateRecord> = {},
  document: Partial<MandateRecord["document"]> = {},
): MandateRecord {
  const mandate = { ...mandateRecord(agent, document), ...more };
  world.mandates.set(mandate.id, mandate);
  return mandate;
}

/** Claims of a token under a mandate; the world verifies it under its `jti`. */
export function issued(
  world: StepWorld,
  mandate: MandateRecord,
  holder: Caller,
  more: Partial<AccessTokenClaims> = {},
): AccessTokenClaims {
  const epochs: readonly EpochPair[] = [[`mandate:${mandate.id}`, 0]];
  const claims: AccessTokenClaims = {
    iss: ISSUER,
    aud: FILES,
    sub: mandate.document.subject,
    sub_profile: "user",
    client_id: holder.client.id,
    scope: "files:read",
    exp: NOW_S + 200,
    iat: NOW_S - 100,
    jti: randomId(),
    txn: mandate.txn,
    act: { iss: ISSUER, sub: holder.client.id, sub_profile: "ai_agent" },
    cnf: { jkt: holder.proof.jkt },
    authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read"], depth: 2 }],
    ng: {
      v: 1,
      mandate: mandate.id,
      instance: holder.instance.ref,
      basis: mandate.basis,
      assurance: "enrolled",
      env: "dev",
      epochs,
      reach: [FILES],
    },
    ...more,
  };
  world.tokens.set(claims.jti, claims);
  return claims;
}
