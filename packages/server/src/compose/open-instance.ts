import { type Clock, systemClock } from "@narrowgate/kernel";
import { type Attestation, createSubjectVerifier, openAttestation } from "../attestation/index.ts";
import type { Config } from "../config/config.ts";
import { createCallDecider } from "../decisions/decide-call.ts";
import type { DecisionPorts } from "../decisions/ports.ts";
import { createGateway, defaultLimits, type Gateway } from "../gateway/index.ts";
import { type Mandates, openMandates } from "../mandates/mandates.ts";
import { type Operators, openOperators } from "../operators/operators.ts";
import { createSafeFetch, type JsonFetcher } from "../platform/fetch/safe-fetch.ts";
import { openRegistry, type Registry } from "../registry/registry.ts";
import { openHandOffs, type StsPorts } from "../sts/index.ts";
import { type Foundation, openFoundation } from "./open-foundation.ts";
import { createProofOfPossession, type ProofOfPossession } from "./proof-of-possession.ts";
import type { Report } from "./report.ts";
import { mintDecider } from "./sts-ports.ts";

/** An open instance: every room, introduced to the others. Not yet listening. */
export interface Instance extends Foundation {
  readonly registry: Registry;
  readonly operators: Operators;
  readonly mandates: Mandates;
  readonly attestation: Attestation;
  readonly gateway: Gateway;
  readonly sts: StsPorts;
  close(): Promise<void>;
}

const MANDATE_LIFE_SECONDS = 24 * 3600;
const AUTONOMOUS_LIFE_SECONDS = 15 * 60;
const SWEEP_MS = 5_000;

function openRegistryOn({
  clock,
  evidence,
  state,
  config,
  policies,
  containment,
}: Foundation): Promise<Registry> {
  return openRegistry({
    clock,
    evidence,
    state,
    baseUrl: config.baseUrl,
    compile: (bundle) => policies.compile(bundle),
    prepareRevocation: ({ request, ...rest }) =>
      containment.prepare({ ...rest, by: "operator", proof: request }),
  });
}

/** The registry as attestation reads it: with the revision as a value. */
function revised(
  registry: Registry,
): Pick<Registry, "agent" | "issuer" | "agents"> & { readonly revision: number } {
  return {
    agent: (id) => registry.agent(id),
    issuer: (url) => registry.issuer(url),
    agents: () => registry.agents(),
    get revision() {
      return registry.revision();
    },
  };
}

function openAttestationOn(base: Foundation, registry: Registry, fetcher: JsonFetcher): Promise<Attestation> {
  const { config, clock, evidence, state, containment } = base;
  return openAttestation({
    issuer: config.baseUrl,
    clock,
    evidence,
    state,
    registry: revised(registry),
    epochs: containment,
    revoke: (request) => containment.revoke(request),
    fetcher,
  });
}

function openMandatesOn(
  base: Foundation,
  registry: Registry,
  verifySubject: Parameters<typeof openMandates>[0]["verifySubject"],
): Promise<Mandates> {
  const { clock, evidence, state, containment } = base;
  return openMandates({
    clock,
    evidence,
    state,
    registry,
    openTransaction: () => evidence.openTransaction(),
    transactionLength: (txn) => evidence.transactionLength(txn),
    verifySubject,
    prepareRevocation: (request) => containment.prepare(request),
    maxLifeSeconds: MANDATE_LIFE_SECONDS,
    autonomousLifeSeconds: AUTONOMOUS_LIFE_SECONDS,
  });
}

interface Front {
  readonly registry: Registry;
  readonly mandates: Mandates;
  readonly attestation: Attestation;
  readonly possession: ProofOfPossession;
  readonly decisions: DecisionPorts;
}

function openGatewayOn(base: Foundation, { registry, mandates, possession, decisions }: Front): Gateway {
  const { config, clock, containment, evidence, report } = base;
  return createGateway({
    clock,
    env: config.environment,
    baseUrl: config.baseUrl,
    issuer: config.baseUrl,
    allowedOrigins: [new URL(config.baseUrl).origin, ...config.allowedOrigins],
    limits: defaultLimits,
    tokens: possession.tokens,
    proofs: possession.proofs,
    registry,
    epochs: containment,
    mandates,
    evidence,
    decider: createCallDecider(decisions),
    reports: {
      report: ({ kind, server, detail, cause }) =>
        report({ kind, detail: server === undefined ? detail : `${server}: ${detail}`, cause }),
    },
    childPath: process.env["PATH"] ?? "",
  });
}

async function openTokenService(base: Foundation, front: Front): Promise<StsPorts> {
  const { config, clock, evidence, containment, custody, state } = base;
  const { registry, mandates, attestation, possession, decisions } = front;
  return {
    issuer: config.baseUrl,
    environment: config.environment,
    clock,
    evidence,
    registry,
    epochs: containment,
    mandates,
    attestation,
    ...possession,
    handOffs: await openHandOffs(state),
    ...mintDecider(config.baseUrl, registry, decisions),
    async revokeToken(tok, agent) {
      await containment.revoke({
        kind: "token",
        id: tok,
        by: "owner",
        reason: "revoked by its client",
        agent,
      });
    },
    signer: () => custody.signingTokenKey(),
    tokenLifeSeconds: config.tokenLifeSeconds,
  };
}

/** Opens an instance that was created before. @throws `store_missing`, `store_locked`, `state_rolled_back` */
export async function openInstance(
  config: Config,
  report: Report,
  clock: Clock = systemClock,
): Promise<Instance> {
  const base = await openFoundation(config, report, clock);
  const registry = await openRegistryOn(base);
  const operators = await openOperators({
    clock,
    evidence: base.evidence,
    state: base.state,
    origin: config.baseUrl,
  });
  const possession = createProofOfPossession(config, base.custody, clock);
  const fetcher = createSafeFetch({ allowedHosts: [], allowHttpOnLoopback: config.environment === "dev" });
  const attestation = await openAttestationOn(base, registry, fetcher);
  const subjects = {
    issuer: config.baseUrl,
    clock,
    registry: revised(registry),
    fetcher,
    takeOnce: possession.takeOnce,
  };
  const mandates = await openMandatesOn(base, registry, createSubjectVerifier(subjects));
  const decisions = { clock, env: config.environment, policies: () => base.policies.current() };
  const front = { registry, mandates, attestation, possession, decisions };
  const gateway = openGatewayOn(base, front);
  base.listeners.push(gateway.revocations);
  const sts = await openTokenService(base, front);
  const sweeper = setInterval(() => {
    const failed = (cause: unknown): void =>
      report({ kind: "sweep", detail: "expired mandates could not be ended", cause });
    mandates.sweep().catch(failed);
  }, SWEEP_MS);
  const close = async (): Promise<void> => {
    clearInterval(sweeper);
    await gateway.close();
    await base.evidence.close();
    await base.witnesses.witnessing.settled();
    await base.store.close();
  };
  return { ...base, registry, operators, mandates, attestation, gateway, sts, close };
}
